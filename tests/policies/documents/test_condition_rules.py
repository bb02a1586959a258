import pytest

from tests.policies.documents.texts import CANARY, changed, fault_at, faults_of

FIRST = "/steps/0/conditions/0"


def condition(metric, operator, baseline, **more):
    return {"metric": metric, "operator": operator, "baseline": baseline, **more}


@pytest.mark.parametrize(
    ("metric", "operator", "hint"),
    [
        ("error_ratio", ">=", "write <="),
        ("error_ratio", "gt", "write <="),
        ("latency_p95", ">", "write <="),
        ("success_ratio", "<=", "write >="),
        ("success_ratio", "lt", "write >="),
        ("error_ratio", "==", "write <="),
        ("success_ratio", "eq", "write >="),
        ("request_rate", "==", "write <="),
    ],
)
def test_condition__operator_makes_no_sense_for_the_metric__is_explained(metric, operator, hint):
    fault = fault_at(FIRST, condition(metric, operator, 0.5))

    assert (fault.pointer, fault.code) == (f"{FIRST}/operator", "senseless-operator")
    assert fault.hint == hint
    assert metric in fault.message


@pytest.mark.parametrize(
    ("metric", "operator", "baseline"),
    [
        ("error_ratio", "==", 0),
        ("success_ratio", "==", 1),
        ("error_ratio", "<", 0.01),
        ("success_ratio", ">", 0.9),
        ("latency_mean", "le", 0.5),
        ("request_rate", "ge", 5),
        ("request_rate", "le", 500),
        ("error_ratio", "<=", 0),
        ("error_ratio", "<=", {"source": {"difference": 0}}),
        ("latency_p99", "<=", {"source": {"ratio": 1.2, "difference": 5}}),
        ("success_ratio", ">=", {"source": {"ratio": 0.99}}),
    ],
)
def test_condition__sensible__is_taken(metric, operator, baseline):
    document = changed(FIRST, condition(metric, operator, baseline))

    assert faults_of({**document, "name": "X"}) == [("/name", "name")]


@pytest.mark.parametrize(
    ("metric", "operator", "baseline", "pointer", "code"),
    [
        ("success_ratio", ">=", 99, "/baseline", "baseline"),
        ("error_ratio", "<=", -0.1, "/baseline", "baseline"),
        ("latency_p95", "<=", 0, "/baseline", "baseline"),
        ("latency_p95", "<=", 70_000, "/baseline", "baseline"),
        ("request_rate", ">=", -1, "/baseline", "baseline"),
        ("success_ratio", ">=", 0, "/baseline", "always-holds"),
        ("error_ratio", "<=", 1, "/baseline", "always-holds"),
        ("success_ratio", ">", 1, "/baseline", "never-holds"),
        ("error_ratio", "<", 0, "/baseline", "never-holds"),
        ("error_ratio", "<=", {"source": {}}, "/baseline/source", "baseline"),
        ("success_ratio", ">=", {"source": {"ratio": 1.1}}, "/baseline/source/ratio", "baseline"),
        ("error_ratio", "<=", {"baseline": "usuel"}, "/baseline/baseline", "unknown-baseline"),
        ("success_ratio", ">=", {"baseline": "usual"}, "/baseline/baseline", "baseline"),
    ],
)
def test_condition__baseline_makes_no_sense__is_refused(metric, operator, baseline, pointer, code):
    fault = fault_at(FIRST, condition(metric, operator, baseline))

    assert (fault.pointer, fault.code) == (FIRST + pointer, code)


def test_condition__percent_for_a_ratio__is_told_how_to_write_it():
    assert fault_at(FIRST, condition("success_ratio", ">=", 99)).hint == "write 0.99 for 99 %"


def test_condition__baseline_misspelt__is_told_the_nearest():
    fault = fault_at(FIRST, condition("error_ratio", "<=", {"baseline": "usuel"}))

    assert fault.hint == "did you mean usual?"


def test_baseline__of_a_malformed_one__is_reported_once():
    document = changed("/baselines/usual/value", "much", CANARY)

    assert faults_of(document) == [("/baselines/usual/value", "wrong-type")]


def test_baseline__out_of_range__is_refused_where_it_is_defined():
    assert faults_of(changed("/baselines/usual/value", 2)) == [
        ("/baselines/usual/value", "baseline")
    ]
