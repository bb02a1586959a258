"""Starting releases, and what people ask of running ones."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from gateways.models import Gateway, Route
from gateways.services.locking import locked
from gateways.services.scope import Scope
from policies import events
from policies.domain.intervention import Action, Intervention, intervene
from policies.domain.machine import begin
from policies.domain.policy import WHOLE
from policies.domain.state import State
from policies.models import PolicyVersion, Release
from policies.selectors import plan_of
from policies.services.keeping import keep
from tenants.services.quotas import Quota, room
from tenants.services.standing import require_active
from vamp.contention import repeated
from vamp.errors import Conflict, Fault, Invalid, NotAllowed

_LEADS_UP = frozenset({Action.SKIP, Action.PROMOTE, Action.APPROVE})
"""Actions after which the target may get more than it has."""


@repeated
def start_release(
    gateway: Gateway,
    *,
    target: str,
    actor: str,
    source: str = "",
    policy: str = "",
    most: int | None = None,
) -> Release:
    """Begin to move traffic of `gateway` from one route to another, by a policy.

    Args:
        gateway: where.
        target: name of the route that is to get the traffic.
        actor: who starts it.
        source: name of the route that has it; empty for the route with the greatest weight.
        policy: name of the policy; empty for the gateway's own.
        most: most that whoever asks may raise a version to, in hundredths of a percent; None for
            no limit.

    Raises:
        NotAllowed: the policy gives the target more than `most`.
        NotFound: there is no such gateway.
        Invalid: a route or policy is unknown, the gateway has no policy, or the source no weight.
        Conflict: a release is under way on this gateway.
        NotActive: the environment is archived or being deleted.
        QuotaReached: as many releases are under way as the organisation may have.
    """
    environment = gateway.environment
    now = timezone.now()
    require_active(environment)
    with (
        room(environment.organisation, Quota.RELEASES) as quota,
        transaction.atomic(using=environment.database),
    ):
        gateway = locked(environment, gateway.name)
        routes = {route.name: route for route in gateway.routes.all()}
        version = _policy_version(gateway, policy)
        source_route, target_route = _routes(gateway, routes, source, target)
        if not gateway.releases.active().exists():  # else it is told of that one
            quota.take()
        plan = plan_of(version)
        _refuse_beyond(most, plan.most, gateway.name)
        decided = begin(plan, now)
        release = Release(
            environment=environment,
            gateway=gateway,
            number=(gateway.releases.aggregate(last=Max("number"))["last"] or 0) + 1,
            policy_version=version,
            source=source_route.name,
            target=target_route.name,
            source_version=source_route.version,
            target_version=target_route.version,
            service=target_route.service,
            status=decided.state.phase.value,
            state=decided.state.to_value(),
            started_by=actor,
            started_at=now,
        )
        _insert(release)
        scope = Scope(environment, actor)
        scope.audit(
            "release.started",
            f"{gateway.name}#{release.number}",
            after={"source": release.source, "target": release.target, "policy": str(version)},
        )
        scope.emit(
            events.RELEASE_STARTED,
            {
                "gateway": gateway.name,
                "release": release.number,
                "source": release.source,
                "target": release.target,
                "policy": version.policy.name,
            },
        )
        keep(release, plan, decided, actor=actor, now=now)
    return release


@repeated
def intervene_in(
    release: Release, intervention: Intervention, *, most: int | None = None
) -> Release:
    """Do what a person asks of a release: pause, resume, skip, promote, approve or abort.

    Args:
        release: which.
        intervention: what is asked for, and by whom.
        most: see `start_release`; what takes traffic away is never limited.

    Raises:
        NotAllowed: it would lead to more than `most`.
        Conflict: the release is in no phase for that.
        Stale: it has gone on to another step than the person was looking at.
    """
    environment = release.environment
    plan = plan_of(release.policy_version)
    if intervention.action in _LEADS_UP:
        top = WHOLE if intervention.action is Action.PROMOTE else plan.most
        _refuse_beyond(most, top, release.gateway.name)
    now = timezone.now()
    with transaction.atomic(using=environment.database):
        # The release alone, without its gateway and its policy, which others lock and read.
        fresh = Release.objects.in_environment(environment).select_for_update().get(pk=release.pk)
        fresh.environment = environment
        fresh.policy_version = release.policy_version
        state = State.from_value(fresh.state)
        decided = intervene(plan, state, intervention, now)
        if decided.state != state or decided.effects:
            keep(fresh, plan, decided, actor=intervention.actor, now=now)
    return fresh


def _refuse_beyond(most: int | None, top: int, gateway: str) -> None:
    if most is not None and top > most:
        raise NotAllowed(
            f"You may raise a version on gateway {gateway} up to {most / 100:g} %, and this leads to"
            f" {top / 100:g} %. An administrator can raise the limit of your binding."
        )


def _policy_version(gateway: Gateway, policy: str) -> PolicyVersion:
    name = policy or gateway.policy
    if not name:
        raise Invalid(
            faults=[Fault("/policy", f"gateway {gateway.name} has no release policy", "name one")]
        )
    version = (
        PolicyVersion.objects.in_environment(gateway.environment)
        .filter(policy__name=name)
        .select_related("policy")
        .order_by("-number")
        .first()
    )
    if version is None:
        raise Invalid(faults=[Fault("/policy", f"there is no release policy {name}")])
    version.environment = gateway.environment
    return version


def _routes(
    gateway: Gateway, routes: dict[str, Route], source: str, target: str
) -> tuple[Route, Route]:
    known = f"routes are: {', '.join(sorted(routes)) or 'none'}"
    if not source:
        source = max(routes, key=lambda name: routes[name].weight, default="")
    faults = [
        Fault(f"/{field}", f"gateway {gateway.name} has no route {name!r}", known)
        for field, name in (("source", source), ("target", target))
        if name not in routes
    ]
    if not faults and source == target:
        faults.append(Fault("/target", f"{target} has the traffic already"))
    if not faults and not routes[source].weight:
        faults.append(Fault("/source", f"{source} has no traffic", "give it weight first"))
    if faults:
        raise Invalid(faults=faults)
    return routes[source], routes[target]


def _insert(release: Release) -> None:
    try:
        with transaction.atomic(using=release.environment.database):
            release.save()
    except IntegrityError:
        raise Conflict(
            faults=[
                Fault(
                    "",
                    f"a release is under way on gateway {release.gateway.name}",
                    "wait for its end, or abort it",
                )
            ]
        ) from None
