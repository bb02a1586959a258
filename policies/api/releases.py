"""Releases: started, watched, and steered."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.selectors import gateway_in
from policies.access import RIGHT_FOR
from policies.api.shapes import (
    EvaluationSerializer,
    ReleaseDetailSerializer,
    ReleaseSerializer,
)
from policies.domain.intervention import Action, Intervention
from policies.domain.state import Phase
from policies.models import Evaluation, Release
from policies.models.release import ReleaseQuerySet
from policies.selectors import release_in, releases_in, visible_releases
from policies.services.releases import intervene_in, start_release
from tenants.api.scope import EnvironmentView
from vamp.api.names import beginning
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query, WriteQuery
from vamp.documents.validation import Strict
from vamp.errors import NotFound
from vamp.rehearsal import rehearsed

RouteName = Annotated[str, Field(max_length=63)]


class ReleasesQuery(Query):
    """Filters of a list of releases; all given ones must hold."""

    status = serializers.ChoiceField(choices=[phase.value for phase in Phase], required=False)
    is_over = serializers.BooleanField(required=False, allow_null=True, default=None)
    service = serializers.CharField(required=False)


class AllReleasesQuery(ReleasesQuery):
    """Filters of the list of every gateway's releases."""

    begins = serializers.CharField(
        required=False,
        max_length=127,
        help_text="Only those that are named so: GATEWAY/NUMBER, or a beginning of it.",
    )


def filters_of(wanted: Any) -> dict[str, Any]:
    """Return the look-ups that the filters of a list of releases stand for."""
    given = {name: wanted[name] for name in ("status", "service") if name in wanted}
    if wanted["is_over"] is not None:
        given["active__isnull"] = wanted["is_over"]
    return given


def named_so(rows: ReleaseQuerySet, begins: str) -> ReleaseQuerySet:
    """Return those of `rows`, newest first, whose ``GATEWAY/NUMBER`` begins so."""
    gateway, slash, number = begins.partition("/")
    if not slash:
        found = beginning(rows, {"begins": gateway}, field="gateway__name")
        return found.order_by("-started_at")
    if not number:
        return rows.filter(gateway__name=gateway)
    return rows.filter(gateway__name=gateway, number__startswith=number)


class NewRelease(Strict):
    """A release to be started.

    Attributes:
        target: route that is to get the traffic.
        source: route that has it; left out: the one with the greatest weight.
        policy: name of a release policy; left out: the gateway's own.
    """

    target: RouteName
    source: RouteName = ""
    policy: RouteName = ""


class Ask(Strict):
    """What goes with an action.

    Attributes:
        reason: why, for the log.
        step: refuse with 412 where the release is in another step than this, counted from 1.
    """

    reason: Annotated[str, Field(max_length=1000)] = ""
    step: Annotated[int, Field(ge=1)] | None = None


class Releases(EnvironmentView):
    """The releases of an environment."""

    rights = {"GET": "release.view"}
    pagination_class = NumberedPages
    queries = {"GET": AllReleasesQuery}

    @extend_schema(operation_id="releases_list", responses=ReleaseSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List the releases of every gateway, newest first."""
        mine = visible_releases(self.person, self.environment)
        rows = named_so(mine.filter(**filters_of(self.wanted)), self.wanted.get("begins", ""))
        return self.page(rows, ReleaseSerializer)


class GatewayReleases(EnvironmentView):
    """The releases of a gateway."""

    rights = {"GET": "release.view", "POST": "release.create"}
    pagination_class = NumberedPages
    queries = {"GET": ReleasesQuery, "POST": WriteQuery}

    @extend_schema(operation_id="releases_list_of_gateway", responses=ReleaseSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """List the gateway's releases, newest first."""
        found = gateway_in(self.environment, gateway)
        rows = releases_in(self.environment).filter(gateway=found, **filters_of(self.wanted))
        return self.page(rows, ReleaseSerializer)

    @extend_schema(
        operation_id="releases_start",
        request=NewRelease,
        responses={201: ReleaseDetailSerializer},
    )
    def post(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Start a release; 409 where one is under way on the gateway."""
        wanted = self.body(NewRelease)
        found = gateway_in(self.environment, gateway)
        with rehearsed(self.environment.database, is_dry_run=self.wanted["dry_run"]):
            release = start_release(
                found, **wanted.model_dump(), actor=self.actor, most=self._most()
            )
            shape = shape_of(self, release)
        headers = {"Location": f"{request.path}/{release.number}"}
        return Response(shape, status=201, headers=headers)

    def _most(self) -> int | None:
        return self.require("release.create").max_weight


class ReleaseView(EnvironmentView):
    """An address of one release."""

    @cached_property
    def release(self) -> Release:
        """The release that the address names.

        Raises:
            NotFound: there is none of that number on that gateway.
        """
        return release_in(self.environment, self.kwargs["gateway"], self.kwargs["number"])


class ReleaseDetail(ReleaseView):
    """One release."""

    rights = {"GET": "release.view"}

    @extend_schema(operation_id="releases_read", responses=ReleaseDetailSerializer)
    def get(self, request: Request, organisation: str, environment: str, **names: Any) -> Response:
        """Show a release with steps, evidence, decisions and hooks."""
        return Response(ReleaseDetailSerializer(self.release).data)


class ReleaseEvaluations(ReleaseView):
    """Everything that was judged in a release."""

    rights = {"GET": "release.view"}
    pagination_class = NumberedPages

    @extend_schema(
        operation_id="releases_evaluations_list", responses=EvaluationSerializer(many=True)
    )
    def get(self, request: Request, organisation: str, environment: str, **names: Any) -> Response:
        """List the evaluations, newest first."""
        rows = Evaluation.objects.in_environment(self.environment).filter(release=self.release)
        return self.page(rows, EvaluationSerializer)


class ReleaseAction(ReleaseView):
    """Something that is asked of a release."""

    rights = {"POST": "release.view"}  # and what the action needs

    @extend_schema(
        operation_id="releases_act",
        parameters=[
            OpenApiParameter(
                "action", str, OpenApiParameter.PATH, enum=[action.value for action in Action]
            )
        ],
        request=Ask,
        responses=ReleaseDetailSerializer,
    )
    def post(self, request: Request, organisation: str, environment: str, **names: Any) -> Response:
        """Pause, resume, skip the step, promote, approve or abort; 409 where its phase forbids."""
        action = action_of(names["action"])
        allowed = self.require(RIGHT_FOR[action])
        asked = self.body(Ask)
        step = None if asked.step is None else asked.step - 1
        word = Intervention(action, self.actor, asked.reason, step)
        done = intervene_in(self.release, word, most=allowed.max_weight)
        return Response(shape_of(self, done))


def action_of(name: str) -> Action:
    """Return the action of that name.

    Raises:
        NotFound: nothing of that name can be asked of a release.
    """
    try:
        return Action(name)
    except ValueError:
        known = ", ".join(action.value for action in Action)
        raise NotFound(f"There is no action {name[:40]}; there are {known}.") from None


def shape_of(view: EnvironmentView, release: Release) -> dict[str, Any]:
    """Return a release as it is now, read again."""
    fresh = release_in(view.environment, release.gateway.name, release.number)
    return dict(ReleaseDetailSerializer(fresh).data)
