"""The core's rows: events, audit trail, what could not be worked off, leases, traffic. Read only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from kombu.exceptions import OperationalError as BrokerAway

from vamp import poison
from vamp.admin_columns import moment_column
from vamp.adminsite.asking import access, environment_of, is_platform_administrator
from vamp.adminsite.environment import EnvironmentAdmin
from vamp.adminsite.lists import EmptyState, display
from vamp.adminsite.scoped import ScopedAdmin
from vamp.databases import DEFAULT
from vamp.models import (
    AuditEntry,
    DeadLetter,
    DeadTask,
    Lease,
    OutboxEvent,
    RollupRow,
    StreamCursor,
)
from vamp.pages.wording import audit_words, event_words, milliseconds


class NamedScopeAdmin(EnvironmentAdmin):
    """Rows that name their organisation and environment instead of referring to them."""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        environment = environment_of(request)
        if environment is None:
            return self.model._default_manager.using(DEFAULT).none()
        rows = self.model._default_manager.using(environment.database).filter(
            organisation=environment.organisation.name
        )
        mine = self.narrowed(request, rows.filter(environment=environment.name))
        if access().may_in_organisation(request, f"{self.right_kind}.view"):
            # What concerns the whole organisation has none, and lies in the default database.
            return rows.filter(environment__in=[environment.name, ""])
        return mine


def led_to(request: HttpRequest, page: str, right: str) -> str | None:
    """Return the address of an organisation's list over all of its databases.

    Args:
        request: of the person; the list is of the chosen environment, or of all that they may see
            where something is looked for.
        page: name of the address.
        right: what the list asks for.

    Returns:
        None where there is no organisation to show.
    """
    environment = environment_of(request)
    user: Any = request.user
    organisation = environment.organisation if environment else user.organisation
    if organisation is None:
        return None
    query = {"q": request.GET["q"]} if request.GET.get("q") else {}
    if environment and not (query and access().may_in_organisation(request, right)):
        query["environment"] = environment.name
    there = reverse(page, args=[organisation.name])
    return f"{there}?{urlencode(query)}" if query else there


class InstallationAdmin(ScopedAdmin):
    """Rows of no tenant, for platform administrators alone."""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.model._default_manager
        if not is_platform_administrator(request):
            return rows.using(DEFAULT).none()
        environment = environment_of(request)
        return rows.using(environment.database if environment else DEFAULT).all()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_platform_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_administrator(request)


@admin.register(AuditEntry)
class AuditEntryAdmin(NamedScopeAdmin):
    """Who did what. The trail has pages of its own, over every database of an organisation."""

    right_kind = "audit"
    list_display = ("when", "actor", "deed", "kind", "name", "source_address")
    list_filter = ("kind",)
    search_fields = ("actor", "name", "verb", "request_id")
    empty_state = EmptyState(
        "Nobody has changed anything yet",
        "Every change by people, tokens and Vamp itself is listed here.",
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the trail, which has every database that the person may see."""
        there = led_to(request, "audit", "audit.view")
        if there is None and is_platform_administrator(request):
            there = reverse("installation-audit")
        return HttpResponseRedirect(there) if there else super().changelist_view(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the entry's page."""
        found = self.row(request, object_id)
        rest = [found.organisation, found._state.db, found.pk]
        return HttpResponseRedirect(reverse("audit-entry", args=rest))

    when = moment_column("at", "when", ordering="id")

    @display(description="what")
    def deed(self, row: AuditEntry) -> str:
        """In words."""
        return audit_words(row.verb, row.name)


@admin.register(OutboxEvent)
class OutboxEventAdmin(NamedScopeAdmin):
    """What happened."""

    right_kind = "event"
    list_display = ("when", "what", "subject", "position")
    search_fields = ("subject",)
    empty_state = EmptyState(
        "Nothing has happened yet",
        "Changes of services, gateways and releases appear here as they happen.",
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the events, from every database that the person may see."""
        there = led_to(request, "events", "event.view")
        return HttpResponseRedirect(there) if there else super().changelist_view(request)

    when = moment_column("emitted_at", "when", ordering="id")

    @display(description="what")
    def what(self, row: OutboxEvent) -> str:
        """In words."""
        return event_words(row.subject, row.payload)


@admin.register(DeadLetter)
class DeadLetterAdmin(NamedScopeAdmin):
    """Events that a consumer gave up on."""

    right_kind = "event"
    list_display = ("when", "subject", "consumer", "error")
    list_filter = ("consumer",)
    search_fields = ("subject", "error")
    empty_state = EmptyState(
        "Every event was worked off",
        "An event that a consumer gives up on is listed here with its error.",
    )

    when = moment_column("rejected_at", "when")


@admin.register(RollupRow)
class RollupRowAdmin(NamedScopeAdmin):
    """Traffic as the agents counted it, for those who want to see the evidence itself."""

    right_kind = "gateway"
    right_name = "gateway"
    list_display = (
        "when",
        "gateway",
        "route",
        "version",
        "agent",
        "count",
        "errors",
        "mean_latency",
    )
    search_fields = ("gateway", "route", "version")
    ordering = ("-start_us",)
    empty_state = EmptyState(
        "No traffic was counted yet",
        "Agents count the requests of each route and send the sums every few seconds.",
        "vga --help",
    )

    when = moment_column("start", "from", ordering="start_us")

    @display(description="mean latency")
    def mean_latency(self, row: RollupRow) -> str:
        """Mean time of a request."""
        return milliseconds(row.latency_sum_ms / row.count if row.count else None)


@admin.register(Lease)
class LeaseAdmin(InstallationAdmin):
    """Which process does what must be done once."""

    list_display = ("name", "holder", "fencing", "until")
    search_fields = ("name", "holder")
    empty_state = EmptyState(
        "No process holds a lease",
        "The relay and the Release Agent take one when they start.",
        "python manage.py up",
    )

    until = moment_column("expires_at", "expires")


@admin.register(DeadTask)
class DeadTaskAdmin(InstallationAdmin):
    """Tasks that raised what nobody expected, or ended their workers."""

    list_display = ("when", "task", "args", "failures", "deliveries", "is_put_aside", "error")
    list_filter = ("is_put_aside", "task")
    search_fields = ("task", "task_id", "error")
    actions: ClassVar[Any] = ("send_again", "drop")
    empty_state = EmptyState(
        "Every task was done",
        "A task that fails, or that ends its worker again and again, is listed here.",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        if not is_platform_administrator(request):
            return DeadTask.objects.using(DEFAULT).none()
        return DeadTask.objects.using(DEFAULT).filter(Q(failures__gt=0) | Q(is_put_aside=True))

    when = moment_column("last_at", "last")

    @admin.action(description="Do them again")
    def send_again(self, request: HttpRequest, rows: QuerySet[DeadTask]) -> None:
        """Queue each anew; those that the broker does not take stay."""
        try:
            for row in rows:
                poison.send_again(row, actor=request.user.get_username())
        except BrokerAway as error:
            self.message_user(request, f"The broker does not answer: {error}", messages.ERROR)

    @admin.action(description="Forget them")
    def drop(self, request: HttpRequest, rows: QuerySet[DeadTask]) -> None:
        """Take them off the list."""
        for row in rows:
            poison.drop(row, actor=request.user.get_username())


@admin.register(StreamCursor)
class StreamCursorAdmin(InstallationAdmin):
    """How far each consumer of the embedded event stream has come."""

    list_display = ("consumer", "position", "when")
    search_fields = ("consumer",)
    empty_state = EmptyState(
        "No consumer has read the event stream",
        "Consumers start with the installation.",
        "python manage.py up",
    )

    when = moment_column("changed_at", "changed")
