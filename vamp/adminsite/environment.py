"""Admins of rows that belong to an environment: those of the one chosen in the switcher."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from vamp.adminsite.asking import access, environment_of
from vamp.adminsite.scoped import ScopedAdmin
from vamp.databases import DEFAULT


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
        found = self.row(request, object_id)
        return HttpResponseRedirect(self.address(request, self.page, found.name))

    def address(self, request: HttpRequest, page: str, *rest: object) -> str:
        """Return the address of a page in the chosen environment."""
        environment = environment_of(request)
        if environment is None:
            raise Http404("There is no environment yet.")
        return reverse(page, args=[environment.organisation.name, environment.name, *rest])
