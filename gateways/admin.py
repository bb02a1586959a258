"""Lists of gateways, services and agents. A gateway's and a service's own page lie in `pages`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html

from gateways.models import (
    Agent,
    AppliedGeneration,
    Gateway,
    GatewayHost,
    Instance,
    Route,
    Service,
    ServiceVersion,
)
from gateways.selectors import Liveness, liveness_of
from vamp.admin_columns import moment_column
from vamp.adminsite.asking import environment_of
from vamp.adminsite.environment import EnvironmentAdmin, PagedAdmin
from vamp.adminsite.lists import EmptyState, display
from vamp.documents.units import format_percent
from vamp.pages.split import Segment, placed

COLOURS = {"live": "success", "behind": "warning", "not published": "danger", "no agent": "danger"}


def standing(live: Liveness) -> str:
    """Return in words whether what is desired is what is served."""
    if live.is_live:
        return "live"
    if not live.agents:
        return "no agent"
    return "not published" if live.published < live.desired else "behind"


@admin.register(Gateway)
class GatewayAdmin(PagedAdmin):
    """Gateways with who gets what and whether it is live."""

    right_kind = "gateway"
    right_name = "name"
    right_labels = "metadata"
    page = "gateway"
    list_display = ("name_cell", "where", "split", "live", "policy", "changed")
    list_filter = ("protocol",)
    search_fields = ("name", "title", "hosts__host", "routes__service")
    empty_state = EmptyState(
        "There is no gateway yet",
        "A gateway is an entry point that splits traffic over versions. Make one here, or:",
        "curl -X PUT --data-binary @shop.yaml …/gateways/shop",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        environment = environment_of(request)
        rows = super().rows(request)
        if environment is None:
            return rows
        using = environment.database
        return rows.filter(is_removed=False).prefetch_related(
            Prefetch("hosts", GatewayHost.objects.using(using)),
            Prefetch("routes", Route.objects.using(using)),
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Read the liveness of the shown page's gateways in two queries, not two a row."""
        answer = super().changelist_view(request, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        environment = environment_of(request)
        if environment is not None and "cl" in shown:
            rows = list(shown["cl"].result_list)
            liveness = liveness_of(environment, rows, timezone.now())
            for row in rows:
                row.liveness = liveness[row.name]
            shown["cl"].result_list = rows
        return answer

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_in_all(request, "create")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self.address(request, "gateway-new"))

    @display(description="gateway", ordering="name")
    def name_cell(self, row: Gateway) -> str:
        """Name and title."""
        if not row.title:
            return row.name
        return format_html('{} <span class="v-quiet">{}</span>', row.name, row.title)

    @display(description="answers to")
    def where(self, row: Gateway) -> str:
        """Hosts, or its own port."""
        hosts = [host.host for host in row.hosts.all()]
        if not hosts:
            return f"port {row.port}"
        return hosts[0] if len(hosts) == 1 else f"{hosts[0]} and {len(hosts) - 1} more"

    @display(description="split")
    def split(self, row: Gateway) -> str:
        """As a bar; the shares in words stand beside it."""
        routes = [route for route in row.routes.all() if route.weight]
        words = ", ".join(f"{route.name} {format_percent(route.weight)}" for route in routes)
        shares = [
            Segment(route.name, route.version or route.name, route.weight) for route in routes
        ]
        shown = {"placed": placed(shares), "words": words}
        return render_to_string("vamp/parts/mini_split.html", shown)

    @display(description="is", label=COLOURS)
    def live(self, row: Any) -> str:
        """Whether what is desired is what is served."""
        found = getattr(row, "liveness", None)
        return standing(found) if found else "–"

    changed = moment_column("changed_at", "changed")


@admin.register(Service)
class ServiceAdmin(PagedAdmin):
    """Services that the scheduler runs."""

    right_kind = "service"
    right_name = "name"
    page = "service"
    list_display = ("name", "versions_cell", "instances_cell", "seen")
    search_fields = ("name", "versions__name")
    empty_state = EmptyState(
        "No service was discovered yet",
        "Services appear by themselves once the environment's scheduler runs instances with the"
        " labels app and version. To look now:",
        "python manage.py sync",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        present = Q(versions__is_present=True)
        return (
            super()
            .rows(request)
            .annotate(
                version_total=Count("versions", filter=present, distinct=True),
                instance_total=Count("versions__instances", distinct=True),
                ready_total=Count(
                    "versions__instances",
                    filter=Q(versions__instances__is_ready=True),
                    distinct=True,
                ),
            )
        )

    @display(description="versions", ordering="version_total")
    def versions_cell(self, row: Any) -> int:
        """Versions that the scheduler knows."""
        return int(row.version_total)

    @display(description="instances ready", ordering="ready_total")
    def instances_cell(self, row: Any) -> str:
        """Ready of all."""
        return f"{row.ready_total} of {row.instance_total}"

    seen = moment_column("first_seen_at", "first seen")


@admin.register(ServiceVersion)
class ServiceVersionAdmin(EnvironmentAdmin):
    """Versions of all services."""

    right_kind = "service"
    right_name = "service__name"
    list_display = ("service", "name", "desired", "is_present", "seen")
    list_filter = ("is_present",)
    list_select_related = ("service",)
    search_fields = ("name", "service__name")
    empty_state = ServiceAdmin.empty_state

    seen = moment_column("first_seen_at", "first seen")


@admin.register(Instance)
class InstanceAdmin(EnvironmentAdmin):
    """Running copies of versions."""

    right_kind = "service"
    right_name = "version__service__name"
    list_display = (
        "uid",
        "version_cell",
        "address",
        "is_ready",
        "reason",
        "restarts",
        "since_cell",
    )
    list_filter = ("is_ready",)
    list_select_related = ("version__service",)
    search_fields = ("uid", "host", "version__name", "version__service__name")
    empty_state = ServiceAdmin.empty_state

    @display(description="version", ordering="version__name")
    def version_cell(self, row: Instance) -> str:
        """Service and version."""
        return str(row.version)

    @display(description="address")
    def address(self, row: Instance) -> str:
        """Host and port."""
        return f"{row.host}:{row.port}"

    since_cell = moment_column("since", "since")


@admin.register(Route)
class RouteAdmin(EnvironmentAdmin):
    """Routes of all gateways; they are changed on their gateway's page."""

    right_kind = "gateway"
    right_name = "gateway__name"
    right_labels = "gateway__metadata"
    list_display = ("gateway", "name", "kind", "service", "version", "weight_cell", "condition")
    list_filter = ("kind",)
    list_select_related = ("gateway",)
    search_fields = ("name", "gateway__name", "service", "version")
    empty_state = EmptyState(
        "No gateway has a route yet", "Routes are made with their gateway, or by its selector."
    )

    @display(description="weight", ordering="weight")
    def weight_cell(self, row: Route) -> str:
        """In percent."""
        return format_percent(row.weight)


@admin.register(GatewayHost)
class GatewayHostAdmin(EnvironmentAdmin):
    """Hosts on the shared port, and whose they are."""

    right_kind = "gateway"
    right_name = "gateway__name"
    right_labels = "gateway__metadata"
    list_display = ("host", "gateway")
    list_select_related = ("gateway",)
    search_fields = ("host", "gateway__name")
    empty_state = EmptyState(
        "No host is taken yet", "Hosts are given to a gateway in its document."
    )


@admin.register(Agent)
class AgentAdmin(EnvironmentAdmin):
    """Agents as they last reported."""

    right_kind = "agent"
    list_display = (
        "name",
        "address",
        "reported",
        "complete",
        "reloads",
        "dropped",
        "trouble",
        "haproxy_version",
    )
    search_fields = ("name", "address")
    empty_state = EmptyState(
        "No agent has reported yet",
        "Agents run HAProxy and serve the gateways; run two or more. Make a token for the agents of"
        " this environment, then start one with it:",
        "vga --help",
    )

    reported = moment_column("reported_at", "reported")
    complete = moment_column("complete_until", "counts complete until")

    @display(description="trouble")
    def trouble(self, row: Agent) -> str:
        """What the agent could not do."""
        return "; ".join(str(fault.get("message", "")) for fault in row.faults) or "none"


@admin.register(AppliedGeneration)
class AppliedGenerationAdmin(EnvironmentAdmin):
    """Which generation of each gateway each agent serves."""

    right_kind = "agent"
    list_display = ("gateway", "agent", "generation", "applied")
    list_select_related = ("agent",)
    search_fields = ("gateway", "agent__name")
    empty_state = AgentAdmin.empty_state

    applied = moment_column("applied_at", "since")
