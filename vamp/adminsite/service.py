"""Admins that change rows, all of them through services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from vamp.adminsite.scoped import ScopedAdmin
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError

if TYPE_CHECKING:
    from django.forms import ModelForm


class ServiceAdmin(ScopedAdmin):
    """Saves through the services, and shows what they refuse at the fields.

    Subclasses give `create` where rows may be made, and `change` where rows may be changed.
    """

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Model:
        """Make a row from the form's `fields` and return it."""
        raise PermissionDenied(f"A {self.opts.verbose_name} is not made here.")

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        """Change `row`, freshly read, by those of the form's fields that differ."""
        raise PermissionDenied(f"A {self.opts.verbose_name} is not changed here.")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand the form's values to the service."""
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            if changed:
                self.change(request, self.get_queryset(request).get(pk=obj.pk), changed)
            return
        made = self.create(request, form.cleaned_data)
        obj.__dict__.update(made.__dict__)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[ModelForm[Any]]:
        form: Any = super().get_form(request, *args, **kwargs)
        refusal: VampError | None = getattr(request, "vamp_refusal", None)
        return _refused(form, refusal) if refusal else form

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **more: Any) -> Any:
        """Ask, delete through the service, and say what that refuses."""
        try:
            return super().delete_view(request, object_id, *args, **more)
        except VampError as refusal:
            self._tell(request, refusal)
            here = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(here, args=[object_id]))

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Do what was chosen to the rows of the list, and say what the service refuses."""
        try:
            return super().response_action(request, queryset)
        except VampError as refusal:
            self._tell(request, refusal)
            return HttpResponseRedirect(request.get_full_path())

    def _tell(self, request: HttpRequest, refusal: VampError) -> None:
        for said in [fault.message for fault in refusal.faults] or [refusal.message]:
            self.message_user(request, f"{said[:1].upper()}{said[1:].rstrip('.')}.", messages.ERROR)

    def _changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super()._changeform_view(request, *args, **kwargs)
        except (VampError, PortError) as refusal:
            # The same form once more; this time it says what the service found wrong.
            request.vamp_refusal = told(refusal)  # type: ignore[attr-defined]
            return super()._changeform_view(request, *args, **kwargs)


def _refused(form: Any, refusal: VampError) -> Any:
    class RefusedForm(form):
        def _post_clean(self) -> None:
            super()._post_clean()
            for fault in refusal.faults:
                name = fault.pointer.lstrip("/").partition("/")[0]
                said = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
                self.add_error(name if name in self.fields else None, said)
            if not refusal.faults:
                self.add_error(None, refusal.message)

    return RefusedForm
