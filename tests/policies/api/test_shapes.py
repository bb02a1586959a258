"""How releases look in answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.api.shapes import (
    RECENT_EVALUATIONS,
    EvaluationSerializer,
    HookSerializer,
    ReleaseDetailSerializer,
    ReleaseSerializer,
)
from policies.domain.effects import SetWeights
from policies.domain.state import State
from policies.selectors import plan_of, release_in
from tests.factories import (
    NOON,
    DecisionFactory,
    EvaluationFactory,
    HookDeliveryFactory,
    ReleaseFactory,
)


@pytest.fixture
def release(environment):
    """In the second of three steps, its split live for a minute."""
    made = ReleaseFactory.create(environment=environment)
    plan = plan_of(made.policy_version)
    made.state = replace(
        State.from_value(made.state),
        step=1,
        weights=SetWeights.for_step(1, plan.steps[1]),
        live_at=NOON + timedelta(minutes=1),
    ).to_value()
    made.step = 1
    made.evidence = {plan.steps[1].conditions[0].name: "12 of 100 samples"}
    made.save()
    return release_in(environment, "shop", 1)


def test_release__under_way__counts_steps_from_one(release):
    told = ReleaseSerializer(release).data

    assert (told["gateway"], told["number"]) == ("shop", 1)
    assert (told["policy"], told["policy_version"]) == ("canary", 1)
    assert (told["step"], told["is_over"], told["ended_at"]) == (2, False, None)


def test_release__ended__is_over(release):
    release.active = None

    assert ReleaseSerializer(release).data["is_over"] is True


def test_detail__in_the_second_step__tells_split_actions_and_plan(release):
    told = ReleaseDetailSerializer(release).data

    assert told["split"] == {"shop-1.0.0": "50%", "shop-1.1.0": "50%"}
    assert told["live_since"] == "2026-03-01T12:01:00+00:00"
    assert set(told["actions"]) == {"pause", "skip", "promote", "abort"}
    assert [(step["number"], step["state"]) for step in told["steps"]] == [
        (1, "done"),
        (2, "current"),
        (3, "ahead"),
    ]
    assert [step["target_weight"] for step in told["steps"]] == ["10%", "50%", "100%"]


def test_detail__evidence_lacking__is_told_of_the_present_step_alone(release):
    steps = ReleaseDetailSerializer(release).data["steps"]

    lacking = [condition["lacking"] for step in steps for condition in step["conditions"]]
    assert lacking == ["", "12 of 100 samples", ""]


def test_detail__succeeded__every_step_is_done(release):
    release.status = "succeeded"

    steps = ReleaseDetailSerializer(release).data["steps"]
    assert {step["state"] for step in steps} == {"done"}


def test_detail__agents_behind__is_not_live(release):
    state = replace(State.from_value(release.state), live_at=None)
    release.state = state.to_value()

    assert ReleaseDetailSerializer(release).data["live_since"] is None


def test_detail__many_evaluations__gives_the_newest_first(environment, release):
    for number in range(RECENT_EVALUATIONS + 2):
        EvaluationFactory.create(
            environment=environment,
            release=release,
            at=NOON + timedelta(seconds=number),
            sentence=str(number),
        )
    DecisionFactory.create(environment=environment, release=release, step=1)

    told = ReleaseDetailSerializer(release).data

    assert len(told["evaluations"]) == RECENT_EVALUATIONS
    assert told["evaluations"][0]["sentence"] == str(RECENT_EVALUATIONS + 1)
    assert [decision["step"] for decision in told["decisions"]] == [2]


def test_evaluation__without_value__says_so(environment, release):
    row = EvaluationFactory.create(
        environment=environment, release=release, value=None, baseline=None, verdict="error"
    )

    told = EvaluationSerializer(row).data
    assert (told["step"], told["value"], told["baseline"]) == (1, None, None)


def test_hook__with_a_secret_header__does_not_show_it(environment, release):
    row = HookDeliveryFactory.create(environment=environment, release=release)

    told = HookSerializer(row).data
    assert told["url"] == "http://ci.example.test/hook"
    assert "hunter2" not in str(told)
