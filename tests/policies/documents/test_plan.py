from datetime import timedelta

from policies.documents.plan import condition_names
from policies.documents.read import policy_from_value
from policies.domain.policy import Fixed, HookEvent, OnTimeout, Operator, Source
from tests.policies.documents.texts import CANARY, changed
from tests.policies.domain.plans import seconds

OWN = {
    "metric": "latency_p95",
    "operator": "le",
    "baseline": {"source": {"ratio": 1.2}},
    "window": "1m",
    "interval": "20s",
    "gracePeriod": "5s",
    "minimumSamples": 7,
    "failures": 2,
    "successes": 3,
    "critical": False,
    "name": "speed",
}


def plan_of(document):
    return policy_from_value(document).plan


def test_plan__nothing_said__has_the_defaults():
    step = plan_of(CANARY).steps[0]
    (wanted,) = step.conditions

    assert (wanted.window, wanted.interval, wanted.grace) == (seconds(30), seconds(30), seconds(0))
    assert (wanted.minimum_samples, wanted.failures, wanted.successes) == (100, 0, 1)
    assert (wanted.name, wanted.is_critical) == ("error_ratio", True)
    assert wanted.baseline == Fixed(0.01, "usual")
    assert (step.minimum, step.maximum) == (seconds(0), timedelta(hours=1))
    assert (step.on_timeout, step.needs_approval) == (OnTimeout.ROLLBACK, False)


def test_plan__request_rate__needs_no_samples_for_silence_is_a_rate():
    document = changed(
        "/steps/0/conditions/0", {"metric": "request_rate", "operator": ">=", "baseline": 1}
    )

    assert plan_of(document).steps[0].conditions[0].minimum_samples == 0


def test_plan__said_for_the_whole_policy__counts_where_nothing_is_said():
    shared = {"window": "10s", "gracePeriod": "2s", "minimumSamples": 9, "successes": 2}
    document = {**changed("/steps/0/conditions/0", OWN), **shared, "failures": 1}
    document["steps"][0]["conditions"].append({**OWN, "name": "other", "critical": True})

    own, default = (
        plan_of(document).steps[0].conditions[0],
        plan_of(document).steps[1].conditions[0],
    )

    assert (own.window, own.interval, own.grace) == (seconds(60), seconds(20), seconds(5))
    assert (own.minimum_samples, own.failures, own.successes) == (7, 2, 3)
    assert (own.operator, own.baseline) == (Operator.AT_MOST, Source(ratio=1.2))
    assert not own.is_critical
    assert (default.window, default.interval, default.grace) == (
        seconds(10),
        seconds(10),
        seconds(2),
    )
    assert (default.minimum_samples, default.failures, default.successes) == (9, 1, 2)


def test_plan__target_with_condition__has_full_strength_unless_said():
    segment = {"weight": "0%", "condition": "has cookie beta"}

    unsaid = plan_of(changed("/steps/0/target", segment)).steps[0]
    said = plan_of(changed("/steps/0/target", {**segment, "strength": "12.5%"})).steps[0]

    assert (unsaid.condition, unsaid.strength) == ("has cookie beta", 10_000)
    assert said.strength == 1250
    assert plan_of(CANARY).steps[0].strength == 0


def test_plan__hooks__are_those_that_are_there():
    hook = {"url": "https://ci.example.com/x", "method": "put", "headers": {"X-Token": "a"}}
    document = {**CANARY, "hooks": {"onFailure": [hook]}}

    hooks = plan_of(document).hooks

    assert list(hooks) == [HookEvent.FAILURE]
    (call,) = hooks[HookEvent.FAILURE]
    assert (call.method, call.timeout, call.retries) == ("PUT", seconds(10), 5)
    assert call.headers == {"X-Token": "a"}


def test_condition_names__metrics_twice__are_counted():
    own = {"metric": "error_ratio", "operator": "<=", "baseline": 0.5}
    names = [own, {**own, "name": "error_ratio-2"}, own, own]

    document = policy_from_value(changed("/steps/0/conditions", names)).document

    assert condition_names(document.steps[0]) == (
        "error_ratio",
        "error_ratio-2",
        "error_ratio-3",
        "error_ratio-4",
    )


def test_plan__steps_without_names__are_numbered():
    document = changed("/steps/0/name", None)

    assert [step.name for step in plan_of(document).steps] == ["step-1", "all"]
