"""How releases look in answers."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from policies.domain.intervention import Action, allowed_actions
from policies.domain.policy import Step
from policies.domain.state import Phase, State
from policies.models import Decision, Evaluation, HookDelivery, Release
from policies.selectors import plan_of
from vamp.documents.units import format_duration, format_percent

RECENT_EVALUATIONS: Final = 50
"""Evaluations in a release's detail; all of them are in a list of their own."""


class EvaluationSerializer(serializers.Serializer[Evaluation]):
    """One condition judged over one window."""

    step = serializers.IntegerField(help_text="From 1.")
    condition = serializers.CharField()
    metric = serializers.CharField()
    verdict = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    baseline = serializers.FloatField(allow_null=True)
    samples = serializers.IntegerField()
    sentence = serializers.CharField()
    window_start = serializers.DateTimeField()
    window_end = serializers.DateTimeField()
    at = serializers.DateTimeField()

    def to_representation(self, instance: Evaluation) -> dict[str, Any]:
        """Return the shape, with the step counted from 1 as people do."""
        return {**super().to_representation(instance), "step": instance.step + 1}


class DecisionSerializer(serializers.Serializer[Decision]):
    """One line of a release's log."""

    at = serializers.DateTimeField()
    status = serializers.CharField()
    step = serializers.IntegerField(help_text="From 1.")
    actor = serializers.CharField()
    sentence = serializers.CharField()

    def to_representation(self, instance: Decision) -> dict[str, Any]:
        """Return the shape, with the step counted from 1 as people do."""
        return {**super().to_representation(instance), "step": instance.step + 1}


class HookSerializer(serializers.Serializer[HookDelivery]):
    """A call that the release owes; its headers are left out, for they may hold a secret."""

    event = serializers.CharField()
    url = serializers.CharField()
    attempts = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True, help_text="Null: it is over.")
    delivered_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField()


class StepConditionSerializer(serializers.Serializer[Any]):
    """One condition of a step and how far its evidence has come."""

    name = serializers.CharField()
    metric = serializers.CharField()
    operator = serializers.CharField()
    is_critical = serializers.BooleanField()
    window = serializers.CharField()
    lacking = serializers.CharField(help_text="What its present window still lacks; may be empty.")


class StepSerializer(serializers.Serializer[Any]):
    """One step of the plan that the release follows."""

    number = serializers.IntegerField(help_text="From 1.")
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["done", "current", "ahead"])
    target_weight = serializers.CharField()
    condition = serializers.CharField(allow_null=True)
    strength = serializers.CharField()
    needs_approval = serializers.BooleanField()
    minimum_duration = serializers.CharField()
    maximum_duration = serializers.CharField()
    conditions = StepConditionSerializer(many=True)


class ReleaseSerializer(serializers.Serializer[Release]):
    """A new version on its way onto a gateway's traffic."""

    gateway = serializers.CharField(source="gateway.name")
    number = serializers.IntegerField()
    service = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="Route that has the traffic."
    )
    target = serializers.CharField(help_text="Route that is to get it.")
    source_version = serializers.CharField()
    target_version = serializers.CharField()
    policy = serializers.CharField(source="policy_version.policy.name")
    policy_version = serializers.IntegerField(source="policy_version.number")
    status = serializers.ChoiceField(choices=[phase.value for phase in Phase])
    is_over = serializers.SerializerMethodField()
    step = serializers.SerializerMethodField(help_text="From 1.")
    reason = serializers.CharField()
    started_by = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_is_over(self, release: Release) -> bool:
        """Tell whether nothing will happen any more."""
        return not release.active

    def get_step(self, release: Release) -> int:
        """Return the step, counted from 1 as people do."""
        return release.step + 1


class ReleaseDetailSerializer(ReleaseSerializer):
    """A release with its plan, its evidence, and all that was decided."""

    actions = serializers.SerializerMethodField(help_text="What may be asked of it now.")
    split = serializers.SerializerMethodField(help_text="The shares last asked for.")
    live_since = serializers.SerializerMethodField(help_text="Null while agents are behind.")
    steps = serializers.SerializerMethodField()
    evaluations = serializers.SerializerMethodField(help_text="The newest 50, newest first.")
    decisions = DecisionSerializer(many=True)
    hooks = HookSerializer(many=True)

    @extend_schema_field(
        serializers.ListField(child=serializers.ChoiceField(choices=[a.value for a in Action]))
    )
    def get_actions(self, release: Release) -> list[str]:
        """Return the actions that its phase allows."""
        return [action.value for action in allowed_actions(State.from_value(release.state))]

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_split(self, release: Release) -> dict[str, str]:
        """Return source's and target's share."""
        weights = State.from_value(release.state).weights
        return {
            release.source: format_percent(weights.source_weight),
            release.target: format_percent(weights.target_weight),
        }

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_live_since(self, release: Release) -> str | None:
        """Return since when every agent serves the split."""
        live_at = State.from_value(release.state).live_at
        return live_at.isoformat() if live_at else None

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, release: Release) -> list[dict[str, Any]]:
        """Return the plan's steps."""
        steps = plan_of(release.policy_version).steps
        return [_step(release, index, step) for index, step in enumerate(steps)]

    @extend_schema_field(EvaluationSerializer(many=True))
    def get_evaluations(self, release: Release) -> list[dict[str, Any]]:
        """Return the newest evaluations. One query."""
        rows = release.evaluations.all()[:RECENT_EVALUATIONS]
        return [dict(EvaluationSerializer(row).data) for row in rows]


def _step(release: Release, index: int, step: Step) -> dict[str, Any]:
    is_current = index == release.step
    return {
        "number": index + 1,
        "name": step.name,
        "state": _state_of(release, index),
        "target_weight": format_percent(step.target_weight),
        "condition": step.condition,
        "strength": format_percent(step.strength),
        "needs_approval": step.needs_approval,
        "minimum_duration": format_duration(step.minimum),
        "maximum_duration": format_duration(step.maximum),
        "conditions": [
            {
                "name": condition.name,
                "metric": condition.metric,
                "operator": condition.operator.value,
                "is_critical": condition.is_critical,
                "window": format_duration(condition.window),
                "lacking": release.evidence.get(condition.name, "") if is_current else "",
            }
            for condition in step.conditions
        ],
    }


def _state_of(release: Release, index: int) -> str:
    if release.status == Phase.SUCCEEDED or index < release.step:
        return "done"
    return "current" if index == release.step else "ahead"
