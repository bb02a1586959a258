"""States of organisations and environments in the admin's lists and forms, and their deletions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from tenants.models import Deletion, Environment, LifeState, Organisation
from tenants.selectors import ALL_STATES, in_state
from tenants.services.deletion_words import goes_of, steps_of
from tenants.services.quotas import Quota, usages_of
from vamp.admin_columns import moment_column
from vamp.adminsite.lists import EmptyState, display
from vamp.adminsite.scoped import ScopedAdmin

LIFE_COLOURS = {"active": "success", "archived": "warning", "being deleted": "danger"}

WORDS = {
    Quota.ENVIRONMENTS: ("environment", "environments"),
    Quota.GATEWAYS: ("gateway", "gateways"),
    Quota.RELEASES: ("release at once", "releases at once"),
}
"""What is counted: of one, and of any other number."""


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
        format_html("<br>{}", ""),
        "{} {}{}",
        (
            (
                each.used,
                WORDS[each.kind][each.used != 1],
                f" of {each.limit}" if each.limit else ", no limit",
            )
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


@admin.register(Deletion)
class DeletionAdmin(ScopedAdmin):
    """Deletions of organisations and environments: how far each is, and what was taken."""

    right_kind = "environment"
    list_display = ("path_label", "standing", "progress", "waits_for", "requested_by", "when")
    search_fields = ("organisation", "environment", "requested_by")
    fields = (
        "path_label",
        "standing",
        "requested_by",
        "when",
        "over_at",
        "steps",
        "waits_for",
        "left",
        "held",
    )
    empty_state = EmptyState(
        "Nothing was deleted yet",
        "Organisations and environments are deleted from their own pages, and listed here.",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        return Deletion.objects.visible_to(user)

    @display(description="of", ordering="organisation")
    def path_label(self, row: Deletion) -> str:
        """What is deleted."""
        return row.path

    @display(description="is", label={"over": "success", "going on": "info", "waiting": "warning"})
    def standing(self, row: Deletion) -> str:
        """Over, going on, or waiting."""
        if row.finished_at:
            return "over"
        return "waiting" if row.waits_for else "going on"

    @display(description="step")
    def progress(self, row: Deletion) -> str:
        """The present step and how far it is."""
        return f"{row.step} {row.done}/{row.total}" if row.total else row.step

    when = moment_column("requested_at", "asked for")
    over_at = moment_column("finished_at", "finished", ordering=None, without="not yet")

    @display(description="steps")
    def steps(self, row: Deletion) -> str:
        """Each with its state."""
        return _lines((step.words, step.state) for step in steps_of(row))

    @display(description="what remains")
    def left(self, row: Deletion) -> str:
        """What Vamp could not take back."""
        return _lines((sentence, "") for sentence in row.remains) or "nothing but the audit trail"

    @display(description="what there was")
    def held(self, row: Deletion) -> str:
        """Counted when it was asked for."""
        return _lines(goes_of(row.preview))


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return format_html_join(
        format_html("<br>{}", ""),
        "{}{}{}",
        ((what, ": " if more else "", more) for what, more in pairs),
    )


def without(fieldsets: Any, *names: str) -> list[Any]:
    """Return `fieldsets` without the fields that only a row which is there can show."""
    return [
        (
            title,
            {**options, "fields": tuple(each for each in options["fields"] if each not in names)},
        )
        for title, options in fieldsets
    ]
