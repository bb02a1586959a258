"""States of organisations and environments in the admin's lists and forms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from tenants.models import Environment, LifeState, Organisation
from tenants.selectors import ALL_STATES, in_state
from tenants.services.quotas import Quota, usages_of

LIFE_COLOURS = {"active": "success", "archived": "warning", "being deleted": "danger"}

WORDS = {
    Quota.ENVIRONMENTS: "environments",
    Quota.GATEWAYS: "gateways",
    Quota.RELEASES: "releases at once",
}


class StateFilter(admin.SimpleListFilter):
    """Leaves archived rows out unless they are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each state, and all."""
        return [*((value, str(label)) for value, label in LifeState.choices), (ALL_STATES, "All")]

    def choices(self, changelist: Any) -> Any:
        """Say what is shown where nothing is chosen: all but archived ones."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": "Not archived"} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        return in_state(queryset, self.value() or "")


def usage_words(organisation: Organisation) -> str:
    """Return what is used of each quota, a line each."""
    return format_html_join(
        format_html("<br>"),
        "{} {}{}",
        (
            (each.used, WORDS[each.kind], f" of {each.limit}" if each.limit else ", no limit")
            for each in usages_of(organisation)
        ),
    )


def life_links(row: Organisation | Environment) -> str:
    """Return the state of `row` with links to the pages that change it."""
    is_environment = isinstance(row, Environment)
    names = [row.organisation.name, row.name] if isinstance(row, Environment) else [row.name]
    life = row.life if isinstance(row, Environment) else LifeState(row.state)
    page = reverse("environment-life" if is_environment else "organisation-life", args=names)
    clone = (
        format_html(
            ' · <a class="v-link" href="{}">Clone</a>', reverse("environment-clone", args=names)
        )
        if is_environment
        else ""
    )
    return format_html(
        '{} · <a class="v-link" href="{}">Archive, restore or delete</a>{}',
        life.label, page, clone,
    )  # fmt: skip
