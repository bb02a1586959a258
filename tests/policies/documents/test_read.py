import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from policies.documents.read import policy_from_value, policy_schema, read_policy
from tests.policies.documents.texts import CANARY, changed, faults_of
from vamp.errors import Invalid

BAD = """\
kind: ReleasePolicy
name: Canary
steps:
  - name: ten
    source: {weight: 80%}
    target: {weight: 10%}
    conditions:
      - {metric: error_ratio, operator: ">=", baseline: 0.01}
      - {metric: latency_p96, operator: le, baseline: 200}
  - name: half
    target: {weight: 50%, condition: path begins /x}
    onTimeOut: hold
    conditions:
      - {metric: success_ratio, operator: ge, baseline: 99}
"""


def test_read_policy__yaml_and_json__give_the_same_plan():
    assert read_policy(json.dumps(CANARY)) == policy_from_value(CANARY)


def test_read_policy__many_faults__tells_all_with_their_places():
    with pytest.raises(Invalid) as caught:
        read_policy(BAD)

    found = {(fault.pointer, fault.line, fault.code) for fault in caught.value.faults}

    assert found == {
        ("/name", 2, "name"),
        ("/steps/0/source/weight", 5, "weights-total"),
        ("/steps/0/conditions/0/operator", 8, "senseless-operator"),
        ("/steps/0/conditions/1/metric", 9, "unknown-metric"),
        ("/steps/1/target/condition", 11, "condition"),
        ("/steps/1/onTimeOut", 12, "unknown-key"),
        ("/steps/1/conditions/0/baseline", 14, "baseline"),
    }
    metric = next(fault for fault in caught.value.faults if fault.code == "unknown-metric")
    assert metric.hint.startswith("did you mean latency_p9")
    assert "request_rate, success_ratio, error_ratio" in metric.hint


def test_read_policy__shape_mended__tells_the_rules_of_the_steps():
    mended = BAD.replace("latency_p96", "latency_p95").replace("onTimeOut", "onTimeout")

    assert faults_of(mended.replace("Canary", "canary")) == [
        ("/steps/0/source/weight", "weights-total"),
        ("/steps/0/conditions/0/operator", "senseless-operator"),
        ("/steps/1/target/condition", "condition"),
        ("/steps/1/conditions/0/baseline", "baseline"),
        ("/steps/1/target", "last-step"),
    ]


def test_read_policy__condition_does_not_parse__points_into_it():
    text = BAD.replace("onTimeOut", "onTimeout").replace("latency_p96", "latency_p95")

    with pytest.raises(Invalid) as caught:
        read_policy(text.replace("Canary", "canary"))

    fault = next(each for each in caught.value.faults if each.code == "condition")
    assert (fault.line, fault.column) == (11, 43)


def test_read_policy__two_documents__is_refused():
    text = json.dumps(CANARY)

    assert faults_of(f"{text}\n---\n{text}") == [("", "too-many")]


def test_read_policy__another_kind__is_refused():
    assert faults_of(changed("/kind", "Gateway")) == [("/kind", "not-allowed-value")]


@pytest.mark.parametrize("text", ["", "- 1", "kind: [", "42", "kind: ReleasePolicy\nkind: x"])
def test_read_policy__no_document__is_refused_with_a_place(text):
    with pytest.raises(Invalid) as caught:
        read_policy(text)

    assert all(fault.line for fault in caught.value.faults)


def test_policy_schema__valid_document__is_valid_by_it():
    schema = policy_schema()

    jsonschema.validate(CANARY, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed("/steps/0/target/weight", 10), schema)
    assert schema["title"] == "ReleasePolicy"
