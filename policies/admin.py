"""Lists of policies and releases with all that was measured and decided."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from policies.domain.metric import METRICS
from policies.domain.state import Phase
from policies.domain.verdict import Verdict
from policies.models import (
    Decision,
    Evaluation,
    HookDelivery,
    PolicyVersion,
    Release,
    ReleasePolicy,
)
from vamp.admin_columns import moment_column
from vamp.adminsite.environment import EnvironmentAdmin, PagedAdmin
from vamp.adminsite.lists import EmptyState, display

STATUS_COLOURS = {
    Phase.RUNNING.words: "info",
    Phase.PROMOTING.words: "info",
    Phase.PAUSED.words: "warning",
    Phase.WAITING_FOR_APPROVAL.words: "warning",
    Phase.ROLLING_BACK.words: "danger",
    Phase.ROLLED_BACK.words: "danger",
    Phase.SUCCEEDED.words: "success",
}
VERDICT_COLOURS = {
    "holds": "success",
    "does not hold": "danger",
    "not enough evidence": "warning",
    "could not be measured": "warning",
}
VERDICT_WORDS = {
    Verdict.PASS: "holds",
    Verdict.FAIL: "does not hold",
    Verdict.INCONCLUSIVE: "not enough evidence",
    Verdict.ERROR: "could not be measured",
}
NO_RELEASE = EmptyState(
    "There was no release yet",
    "A release begins by itself when a new version appears under a gateway that has a policy and a"
    " selector, or by hand from the gateway's page.",
)


@admin.register(ReleasePolicy)
class ReleasePolicyAdmin(PagedAdmin):
    """Release policies."""

    right_kind = "policy"
    right_name = "name"
    page = "policy"
    list_display = ("name", "title", "version", "releases_cell", "changed")
    search_fields = ("name", "title")
    empty_state = EmptyState(
        "There is no release policy yet",
        "A policy says in which steps a new version gets traffic and what must hold in each.",
        "curl -X PUT --data-binary @canary.yaml …/policies/canary",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().rows(request).annotate(release_total=Count("versions__releases"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_in_all(request, "create")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self.address(request, "policy-new"))

    @display(description="releases", ordering="release_total")
    def releases_cell(self, row: Any) -> int:
        """Releases made by it."""
        return int(row.release_total)

    changed = moment_column("changed_at", "changed")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(EnvironmentAdmin):
    """Every version of every policy, as it was written."""

    right_kind = "policy"
    right_name = "policy__name"
    list_display = ("policy", "number", "created_by", "made")
    list_select_related = ("policy",)
    search_fields = ("policy__name", "created_by")
    empty_state = ReleasePolicyAdmin.empty_state

    made = moment_column("created_at", "made")


@admin.register(Release)
class ReleaseAdmin(PagedAdmin):
    """Releases as a list; the board shows them by state."""

    right_kind = "release"
    right_name = "gateway__name"
    right_labels = "gateway__metadata"
    page = "release"
    list_display = ("release_cell", "versions", "status_cell", "reason", "by", "started", "ended")
    list_filter = ("status",)
    list_select_related = ("gateway",)
    search_fields = ("gateway__name", "service", "target_version", "reason")
    empty_state = NO_RELEASE

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(
            self.address(request, self.page, found.gateway.name, found.number)
        )

    @display(description="release", ordering="gateway__name")
    def release_cell(self, row: Release) -> str:
        """Gateway and number."""
        return f"{row.gateway.name} #{row.number}"

    @display(description="versions")
    def versions(self, row: Release) -> str:
        """From which to which."""
        return f"{row.source_version or row.source} → {row.target_version or row.target}"

    @display(description="is", ordering="status", label=STATUS_COLOURS)
    def status_cell(self, row: Release) -> str:
        """In words."""
        return Phase(row.status).words

    @display(description="started by", ordering="started_by")
    def by(self, row: Release) -> str:
        """Who started it."""
        return row.started_by

    started = moment_column("started_at", "started")
    ended = moment_column("ended_at", "ended")


class OfReleaseAdmin(EnvironmentAdmin):
    """Rows that belong to a release."""

    right_kind = "release"
    right_name = "release__gateway__name"
    right_labels = "release__gateway__metadata"
    list_select_related = ("release__gateway",)
    empty_state = NO_RELEASE

    @display(description="release")
    def release_cell(self, row: Any) -> str:
        """Gateway and number."""
        return f"{row.release.gateway.name} #{row.release.number}"


@admin.register(Evaluation)
class EvaluationAdmin(OfReleaseAdmin):
    """Every verdict with its evidence."""

    list_display = (
        "when",
        "release_cell",
        "condition",
        "verdict_cell",
        "value_cell",
        "limit_cell",
        "samples",
        "sentence",
    )
    list_filter = ("verdict", "metric")
    search_fields = ("condition", "release__gateway__name", "sentence")

    when = moment_column("at", "judged")

    @display(description="verdict", ordering="verdict", label=VERDICT_COLOURS)
    def verdict_cell(self, row: Evaluation) -> str:
        """In words."""
        return VERDICT_WORDS[Verdict(row.verdict)]

    @display(description="value", ordering="value")
    def value_cell(self, row: Evaluation) -> str:
        """With the metric's unit."""
        return _with_unit(row.metric, row.value)

    @display(description="against", ordering="baseline")
    def limit_cell(self, row: Evaluation) -> str:
        """What the value was compared with."""
        return _with_unit(row.metric, row.baseline)


def _with_unit(metric: str, value: float | None) -> str:
    return "–" if value is None else METRICS[metric].show(value)


@admin.register(Decision)
class DecisionAdmin(OfReleaseAdmin):
    """What was decided and by whom."""

    list_display = ("when", "release_cell", "sentence", "actor")
    search_fields = ("sentence", "actor", "release__gateway__name")
    ordering = ("-at", "-id")

    when = moment_column("at", "when")


@admin.register(HookDelivery)
class HookDeliveryAdmin(OfReleaseAdmin):
    """Calls to hooks, and how they went."""

    list_display = ("event", "release_cell", "url", "attempts", "answer", "delivered", "due")
    search_fields = ("event", "url", "release__gateway__name")
    exclude = ("environment", "request")
    empty_state = EmptyState(
        "No hook was called yet",
        "A policy's hooks are called when a release starts, enters a step, succeeds or fails.",
    )

    delivered = moment_column("delivered_at", "delivered")
    due = moment_column("next_at", "next attempt")
