"""Keeping what the Release Agent decided: state, log, evidence and effects in one transaction.

The gateway's rows lie in the same database as the release's, so the split that a decision asks
for is changed together with the state that asked for it; there is no moment between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from gateways.services.scope import Scope
from gateways.services.weights import ConditionChange, set_weights
from policies import events
from policies.domain.effects import CallHooks, SetWeights
from policies.domain.policy import Policy
from policies.domain.state import State
from policies.domain.transitions import Decision as Decided
from policies.domain.verdict import Evaluation as Evaluated
from policies.models import Decision, Evaluation, HookDelivery, Release
from policies.services.hooks import request_of
from tenants.models import Environment
from vamp.contention import repeated

ACTOR = "vamp:release-agent"
CONDITION_PRIORITY = 1_000
"""A release's condition is asked before those that people gave other routes by default."""


@repeated
def keep(release: Release, policy: Policy, decided: Decided, *, actor: str, now: datetime) -> bool:
    """Save what was decided about `release` and do its effects, all or nothing.

    Args:
        release: as it was read; its `state_version` must still be the stored one.
        policy: the plan that the release follows.
        decided: what the machine came to.
        actor: who caused it.
        now: when.

    Returns:
        False where somebody else was faster; nothing was written then, and the next look at the
        release decides anew.
    """
    environment = release.environment
    scope = Scope(environment, actor)
    before = State.from_value(release.state)
    with transaction.atomic(using=scope.database):
        if not _advance_row(release, decided):
            return False
        for effect in decided.effects:
            if isinstance(effect, SetWeights):
                _split(release, effect, actor)
            elif isinstance(effect, CallHooks):
                _owe_hooks(release, policy, effect, now)
        _log(release, decided, actor, now)
        Evaluation.objects.using(scope.database).bulk_create(
            _rows(release, decided.evaluations, now)
        )
        if decided.reasons:
            _tell(scope, release, before, decided.state)
    return True


def is_quiet(decided: Decided) -> bool:
    """Tell whether a decision is only a step of the evidence: nothing to do, nothing to tell."""
    return not decided.effects and not decided.reasons


@repeated
def keep_quiet(
    environment: Environment, found: Sequence[tuple[Release, Decided]], *, now: datetime
) -> int:
    """Save quiet decisions about several releases in one transaction.

    Cost: one statement a release, and one for every 500 evaluations.

    Args:
        environment: whose releases.
        found: each release, as it was read, with a decision that `is_quiet`.
        now: when.

    Returns:
        How many were saved; of the others somebody else was faster, see `keep`.
    """
    with transaction.atomic(using=environment.database):
        kept = [each for each in found if _advance_row(*each)]
        Evaluation.objects.using(environment.database).bulk_create(
            [row for release, decided in kept for row in _rows(release, decided.evaluations, now)],
            batch_size=500,
        )
    return len(kept)


def _advance_row(release: Release, decided: Decided) -> bool:
    state = decided.state
    evidence = {
        evaluation.request.condition: evaluation.sentence
        for evaluation in decided.evaluations
        if not evaluation.is_settled
    }
    values = {
        "state": state.to_value(),
        "state_version": release.state_version + 1,
        "status": state.phase.value,
        "step": state.step,
        "reason": state.reason,
        "evidence": evidence,
        "active": None if state.phase.is_over else True,
        "ended_at": state.since if state.phase.is_over else None,
    }
    rows = Release.objects.in_environment(release.environment).filter(
        pk=release.pk, state_version=release.state_version
    )
    if not rows.update(**values):
        return False
    for name, value in values.items():
        setattr(release, name, value)
    return True


def _split(release: Release, effect: SetWeights, actor: str) -> None:
    """Split what source and target have together anew; other routes keep what they have."""
    gateway = release.gateway
    gateway.environment = release.environment
    routes = {route.name: route.weight for route in gateway.routes.all()}
    if release.source not in routes or release.target not in routes:
        return  # the tick sees that a route is gone, and ends the release
    both = routes[release.source] + routes[release.target]
    target = both * effect.target_weight // (effect.source_weight + effect.target_weight)
    weights = routes | {release.source: both - target, release.target: target}
    change = ConditionChange(effect.condition or "", effect.strength, CONDITION_PRIORITY)
    changed = set_weights(gateway, weights, actor=actor, conditions={release.target: change})
    Release.objects.in_environment(release.environment).filter(pk=release.pk).update(
        weights_generation=changed.generation
    )
    release.weights_generation = changed.generation


def _owe_hooks(release: Release, policy: Policy, effect: CallHooks, now: datetime) -> None:
    HookDelivery.objects.using(release.environment.database).bulk_create(
        [
            HookDelivery(
                environment=release.environment,
                release=release,
                key=f"{effect.id}/{index}",
                event=effect.event.value,
                url=hook.url,
                request=request_of(release, hook, effect),
                next_at=now,
            )
            for index, hook in enumerate(policy.hooks.get(effect.event, ()))
        ],
        ignore_conflicts=True,
    )


def _log(release: Release, decided: Decided, actor: str, now: datetime) -> None:
    Decision.objects.using(release.environment.database).bulk_create(
        Decision(
            environment=release.environment,
            release=release,
            at=now,
            status=decided.state.phase.value,
            step=decided.state.step,
            actor=actor,
            sentence=reason,
        )
        for reason in decided.reasons
    )


def _rows(
    release: Release, evaluations: Iterable[Evaluated], now: datetime
) -> Iterator[Evaluation]:
    for evaluation in evaluations:
        if evaluation.is_settled:
            yield Evaluation(
                environment=release.environment,
                release=release,
                step=evaluation.request.step,
                condition=evaluation.request.condition,
                metric=evaluation.metric,
                verdict=evaluation.verdict.value,
                value=evaluation.value,
                baseline=evaluation.limit,
                samples=evaluation.samples,
                sentence=evaluation.sentence,
                window_start=evaluation.request.start,
                window_end=evaluation.request.end,
                at=now,
            )


def _tell(scope: Scope, release: Release, before: State, after: State) -> None:
    name = f"{release.gateway.name}#{release.number}"
    event = events.RELEASE_FINISHED if after.phase.is_over else events.RELEASE_CHANGED
    scope.emit(
        event,
        {
            "gateway": release.gateway.name,
            "release": release.number,
            "status": after.phase.value,
            "step": after.step,
            "reason": after.reason,
        },
    )
    if (before.phase, before.step) != (after.phase, after.step):
        scope.audit(
            "release.changed",
            name,
            before={"status": before.phase.value, "step": before.step},
            after={"status": after.phase.value, "step": after.step, "reason": after.reason},
        )
