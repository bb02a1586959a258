"""The admin's foundation, and the one module through which django-unfold is imported.

Every admin of Vamp inherits from a class here that begins with the rows which the person may see,
so that object look-up, choices of foreign keys, autocomplete, search, filters and bulk actions all
start from the same narrowed queryset. Changes go through services; the admin holds no rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AuthenticationForm
from unfold.views import ChangeList
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from vamp.databases import DEFAULT, is_explicit
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError

if TYPE_CHECKING:
    from django.forms import ModelForm

__all__ = [
    "CheckBox",
    "EmptyState",
    "EnvironmentAdmin",
    "PagedAdmin",
    "PasswordInput",
    "PlainInput",
    "ScopedAdmin",
    "ScopedRelatedFilter",
    "SecretInput",
    "Select",
    "ServiceAdmin",
    "SignInForm",
    "TextArea",
    "access",
    "display",
    "environment_of",
    "is_platform_administrator",
]

PasswordInput = UnfoldAdminPasswordWidget
CheckBox = UnfoldBooleanWidget
PlainInput = UnfoldAdminTextInputWidget
Select = UnfoldAdminSelectWidget
TextArea = UnfoldAdminTextareaWidget


class SignInForm(AuthenticationForm):
    """Login and password, in the admin's look."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["username"].label = "Login"
        self.fields["username"].widget.attrs |= {
            "placeholder": "organisation/user",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class SecretInput(UnfoldAdminTextareaWidget):
    """Takes a text of several lines and shows none, not even what was just sent."""

    def format_value(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What a list says while it has nothing to show.

    Attributes:
        title: what is missing; text: what to do next; command: the command that does it.
    """

    title: str
    text: str
    command: str = ""


def environment_of(request: HttpRequest) -> Any:
    """Return the environment that the person chose in the switcher, None where there is none.

    The switcher belongs to the tenants, above this module, so the settings name it.
    """
    unfold: Any = settings.UNFOLD
    return import_string(unfold["ENVIRONMENT_OF"])(request)


def access() -> Any:
    """Return what says who may do what on the screens; it belongs to the tenants, likewise."""
    unfold: Any = settings.UNFOLD
    return import_module(unfold["ACCESS"])


def is_platform_administrator(request: HttpRequest) -> bool:
    """Tell whether the person looks after the whole installation."""
    return bool(getattr(request.user, "is_platform_administrator", False))


class CountedOnce(ChangeList):
    """A list that, unfiltered, is counted once and not twice."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer 404 in place of Django's "view on site", which looks rows up in no tenant's name.

    Raises:
        Http404: always; no row of Vamp has a site of its own.
    """
    raise Http404


class ScopedAdmin(ModelAdmin):
    """Lists and shows the rows that the person may see. Reads only, unless a subclass says more.

    Subclasses give `rows`.

    Attributes:
        right_kind: kind of the rights that its rows need, such as ``gateway``.
    """

    right_kind: ClassVar[str] = ""
    empty_state: ClassVar[EmptyState | None] = None
    list_per_page = 50
    show_full_result_count = False
    actions: ClassVar[Any] = None
    list_filter_sheet = True

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Return what the person may see, from the database where it lies."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Said again, for Django drops a model's own order once rows are counted by group.
        ordering = self.get_ordering(request) or self.opts.ordering
        return self.rows(request).order_by(*ordering)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CountedOnce

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """Offer for a relation only what the person may see of the related model."""
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(related, ScopedAdmin):
            return related.get_queryset(request)
        return db_field.remote_field.model._default_manager.using(DEFAULT).none()

    def may(self, request: HttpRequest, verb: str) -> bool:
        """Tell whether the person may do `verb` to what is listed here."""
        found: bool = access().may_in_organisation(request, f"{self.right_kind}.{verb}")
        return found

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_active and self.may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        # Another tenant's row and none at all get the same answer.
        raise Http404(f"There is no {opts.verbose_name} {object_id}.")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form. A POST is refused where Django would not know in which database to save."""
        if request.method == "POST" and is_explicit(self.model):
            raise PermissionDenied(f"A {self.opts.verbose_name} is not changed here.")
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask whether to delete; refused where Django would not know in which database."""
        if is_explicit(self.model):
            raise PermissionDenied(f"A {self.opts.verbose_name} is not deleted here.")
        return super().delete_view(request, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show the audit trail of the object, which every door writes to."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        query = urlencode({"q": str(getattr(found, "name", found))})
        return HttpResponseRedirect(f"{reverse('admin:vamp_auditentry_changelist')}?{query}")

    # Django's own log speaks of changes made in the admin alone; the audit trail of all.
    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None: ...


class EnvironmentAdmin(ScopedAdmin):
    """Rows of the environment chosen in the switcher. What changes them has a page of its own.

    Attributes:
        right_name: field with the name by which a role binding names an object; empty for none.
        right_labels: field with the labels by which it chooses; empty for none.
    """

    right_name: ClassVar[str] = ""
    right_labels: ClassVar[str] = ""
    exclude: ClassVar[Any] = ("environment",)

    def may(self, request: HttpRequest, verb: str) -> bool:
        found: bool = access().may_in_environment(request, f"{self.right_kind}.{verb}")
        return found

    def may_in_all(self, request: HttpRequest, verb: str) -> bool:
        """Tell whether the person may do `verb` in all of the chosen environment."""
        found: bool = access().may_in_all(request, f"{self.right_kind}.{verb}")
        return found

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        environment = environment_of(request)
        if environment is None:
            return self.model._default_manager.using(DEFAULT).none()
        return self.narrowed(request, self.model.objects.in_environment(environment))

    def narrowed(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return those of `rows`, of the chosen environment, that the person may see."""
        found: QuerySet[Any] = access().narrowed_rows(
            request, rows, f"{self.right_kind}.view", self.right_name, self.right_labels
        )
        return found


class PagedAdmin(EnvironmentAdmin):
    """Lists rows whose own page is elsewhere, and leads there."""

    page = ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        return HttpResponseRedirect(self.address(request, self.page, found.name))

    def address(self, request: HttpRequest, page: str, *rest: object) -> str:
        """Return the address of a page in the chosen environment."""
        environment = environment_of(request)
        if environment is None:
            raise Http404("There is no environment yet.")
        return reverse(page, args=[environment.organisation.name, environment.name, *rest])


class ServiceAdmin(ScopedAdmin):
    """Saves through the services, and shows what they refuse at the fields.

    Subclasses give `create` and, where rows may change, `change`.
    """

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Model:
        """Make a row from the form's `fields` and return it."""
        raise NotImplementedError

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        """Change `row`, freshly read, by those of the form's fields that differ."""
        raise NotImplementedError

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


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a relation that offers only what the person may see."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Any:
        related = model_admin.admin_site._registry.get(field.remote_field.model)
        if not isinstance(related, ScopedAdmin):
            return []
        return [(str(row.pk), str(row)) for row in related.get_queryset(request)[:200]]
