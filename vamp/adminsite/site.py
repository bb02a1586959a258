"""The admin's site: what every page gets told, at the price of what it shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    """Finds out which lists somebody may open once a page asks for them.

    Django does so for every page, a fifth of its time here. Vamp's pages have a sidebar of their
    own, and ask for it nowhere.
    """

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return Django's list of apps with their models, made when it is first looked at."""
        return SimpleLazyObject(lambda: super(Site, self).get_app_list(request, app_label))
