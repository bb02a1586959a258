from typing import Any

import pytest

from tests.policies.documents.texts import CANARY, changed, fault_at, faults_of

STEPS: Any = CANARY["steps"]
CONDITION = STEPS[0]["conditions"][0]


def test_step__weights_do_not_total__says_what_would():
    fault = fault_at("/steps/0/source", {"weight": "89.5%"})

    assert (fault.pointer, fault.code) == ("/steps/0/source/weight", "weights-total")
    assert "99.5%" in fault.message
    assert fault.hint == "give the source 90%, or leave it out"


@pytest.mark.parametrize(
    ("target", "pointer", "code"),
    [
        ({"weight": "0%"}, "/steps/0/target", "no-traffic"),
        (
            {"weight": "0%", "condition": "has cookie a", "strength": "0%"},
            "/steps/0/target",
            "no-traffic",
        ),
        ({"weight": "0%", "condition": "false"}, "/steps/0/target", "no-traffic"),
        ({"weight": "5%", "strength": "5%"}, "/steps/0/target/strength", "strength"),
        ({"weight": "5%", "condition": "path =="}, "/steps/0/target/condition", "condition"),
    ],
)
def test_step__target_makes_no_sense__is_refused(target, pointer, code):
    fault = fault_at("/steps/0/target", target)

    assert (fault.pointer, fault.code) == (pointer, code)


def test_step__weightless_target_with_a_condition__is_taken():
    document = changed("/steps/0/target", {"weight": "0%", "condition": "has cookie beta"})

    assert faults_of({**document, "name": "X"}) == [("/name", "name")]


def test_step__nothing_critical__is_refused():
    fault = fault_at("/steps/0/conditions/0/critical", False)

    assert (fault.pointer, fault.code) == ("/steps/0/conditions", "nothing-critical")


def test_step__two_conditions_of_one_name__are_both_pointed_at():
    twins = [{**CONDITION, "name": "errors"}] * 2

    assert faults_of(changed("/steps/0/conditions", twins)) == [
        ("/steps/0/conditions/0/name", "duplicate-name"),
        ("/steps/0/conditions/1/name", "duplicate-name"),
    ]


def test_step__source_without_traffic_as_baseline__is_refused():
    fault = fault_at("/steps/1/conditions/0/baseline", {"source": {"ratio": 0.9}})

    assert (fault.pointer, fault.code) == (
        "/steps/1/conditions/0/baseline/source",
        "no-traffic",
    )


def test_step__minimum_not_below_maximum__is_refused():
    fault = fault_at("/steps/0/minimumDuration", "1h")

    assert (fault.pointer, fault.code) == ("/steps/0/minimumDuration", "duration")
