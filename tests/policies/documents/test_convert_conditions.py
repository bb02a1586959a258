import pytest

from policies.documents.convert_conditions import Conditions
from policies.documents.notes import Notes
from vamp.documents.source import Source


def converted(condition, **policy):
    notes = Notes(Source.of({}))
    conditions = Conditions(policy, notes).of_step({"conditions": [condition]}, "/steps/0")
    return conditions, notes


@pytest.mark.parametrize(
    ("value", "metric"),
    [
        ({"source": "es", "tags": ["health", "gateways:{gateway}"]}, "success_ratio"),
        ({"source": "es", "tags": ["metrics:responseTime"]}, "latency_mean"),
        ({"source": "es", "tags": ["metrics:rate"]}, "request_rate"),
        ({"source": "k8s-deployment-health"}, "success_ratio"),
        ({"source": "k8s-deployment-health", "type": "SuccessRate"}, "success_ratio"),
        ({"source": "ingress", "type": "RequestsPerSecond"}, "request_rate"),
    ],
)
def test_metric__measured_from_traffic__has_a_name_today(value, metric):
    found, notes = converted({"value": "mine >= 0.5"}, metrics=[{"name": "mine", "value": value}])

    assert found == [{"metric": metric, "operator": ">=", "baseline": 0.5}]
    assert notes.sentences == (f"/steps/0/conditions/0: mine has become {metric}",)


@pytest.mark.parametrize(
    "value",
    [
        {"source": "prometheus", "query": "up"},
        {"source": "k8s-deployment-health", "type": "AvailableReplicas"},
        {"source": "es", "tags": ["orders"]},
        None,
    ],
)
def test_metric__not_measured_from_traffic__leaves_the_condition_out(value):
    found, notes = converted({"value": "mine >= 0.5"}, metrics=[{"name": "mine", "value": value}])

    assert found == []
    assert "mine is not measured from traffic" in notes.sentences[0]
    assert not notes.faults


def test_metric__todays_name__is_kept_without_a_note():
    found, notes = converted({"value": "latency_p95 <= 250"})

    assert found == [{"metric": "latency_p95", "operator": "<=", "baseline": 250.0}]
    assert notes.sentences == ()


@pytest.mark.parametrize(
    ("budget", "duration", "failures"),
    [(70, "5m", 3), (100, "5m", None), (90, "5m", 1), (99, "1m", None), (50, "1m0s", 1)],
)
def test_threshold__budget_over_an_interval__is_a_number_of_failures(budget, duration, failures):
    condition = {"metric": "health", "threshold": 1, "operator": "ge", "budget": budget}

    found, _ = converted({**condition, "interval": {"type": "rolling", "duration": duration}})

    assert found[0].get("failures") == failures


@pytest.mark.parametrize(
    "condition",
    [
        {"value": "health"},
        {"value": "health >= baselines.unknown"},
        {"value": "health >= high"},
        {"metric": "health"},
        {"metric": "health", "threshold": "high"},
        {"metric": "health", "threshold": 1, "budget": True},
        {"metric": "health", "threshold": 1, "interval": {"duration": "long"}},
        {},
        "health",
    ],
)
def test_condition__not_understood__is_a_fault(condition):
    _, notes = converted(condition)

    assert [fault.code for fault in notes.faults][:1] == ["historic"]


def test_conditions__of_the_whole_policy__are_in_every_step():
    found, _ = converted({"value": "latency_p50 < 9"}, conditions=[{"value": "health >= 0.9"}])

    assert [each["metric"] for each in found] == ["latency_p50", "success_ratio"]
