"""Admins of rows that only some may see."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms.widgets import MediaDefiningClass
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from vamp.adminsite.asking import access
from vamp.adminsite.lists import CountedOnce, EmptyState
from vamp.databases import DEFAULT, is_explicit


def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer 404 in place of Django's "view on site", which looks rows up in no tenant's name.

    Raises:
        Http404: always; no row of Vamp has a site of its own.
    """
    raise Http404


class AbstractAdmin(ABCMeta, MediaDefiningClass):
    """Refuses at the start to register an admin that lacks what its base leaves to it."""


class ScopedAdmin(ModelAdmin, metaclass=AbstractAdmin):
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

    @abstractmethod
    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Return what the person may see, from the database where it lies."""

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row of that key. Cost: one query.

        Raises:
            Http404: there is none, or the person may not see it; which of both is not told.
        """
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        return found

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
        found = self.row(request, object_id)
        query = urlencode({"q": str(getattr(found, "name", found))})
        return HttpResponseRedirect(f"{reverse('admin:vamp_auditentry_changelist')}?{query}")

    # Django's own log speaks of changes made in the admin alone; the audit trail of all.
    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None: ...


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a relation that offers only what the person may see."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Any:
        related = model_admin.admin_site._registry.get(field.remote_field.model)
        if not isinstance(related, ScopedAdmin):
            return []
        return [(str(row.pk), str(row)) for row in related.get_queryset(request)[:200]]
