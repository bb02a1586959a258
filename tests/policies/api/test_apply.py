"""Applying several documents at once."""

from __future__ import annotations

import yaml

from gateways.models import Gateway
from policies.models import ReleasePolicy
from tests.factories import POLICY
from vamp.models import AuditEntry

HERE = "/api/v1/organisations/acme/environments/production/apply"

INNER = {
    "kind": "Gateway",
    "name": "inner",
    "hosts": ["inner.example.test"],
    "routes": [{"service": "shop", "version": "1.0.0"}],
}
OUTER = {
    "kind": "Gateway",
    "name": "outer",
    "hosts": ["outer.example.test"],
    "policy": "canary",
    "routes": [{"gateway": "inner"}],
}


def _nothing_was_written(environment):
    return not (
        Gateway.objects.in_environment(environment).exists()
        or ReleasePolicy.objects.in_environment(environment).exists()
        or AuditEntry.objects.using(environment.database).filter(kind="gateway").exists()
    )


def test_apply__in_any_order__makes_all(api, environment):
    answer = api.post(HERE, [OUTER, POLICY, INNER], format="json")

    assert answer.status_code == 200
    assert [
        (row["index"], row["kind"], row["name"], row["outcome"]) for row in answer.json()["results"]
    ] == [
        (0, "Gateway", "outer", "created"),
        (1, "ReleasePolicy", "canary", "created"),
        (2, "Gateway", "inner", "created"),
    ]
    assert Gateway.objects.in_environment(environment).count() == 2


def test_apply__again_with_one_change__tells_which(api, environment):
    api.post(HERE, [OUTER, POLICY, INNER], format="json")

    text = yaml.safe_dump_all([OUTER, POLICY, {**INNER, "retries": 1}])
    answer = api.post(HERE, text, content_type="application/yaml")

    outcomes = [row["outcome"] for row in answer.json()["results"]]
    assert outcomes == ["unchanged", "unchanged", "changed"]


def test_apply__dry_run__answers_and_writes_nothing(api, environment):
    answer = api.post(f"{HERE}?dry_run=true", [OUTER, POLICY, INNER], format="json")

    assert answer.json()["is_dry_run"] is True
    assert {row["outcome"] for row in answer.json()["results"]} == {"created"}
    assert _nothing_was_written(environment)


def test_apply__faults_in_several__tells_all_with_lines_and_writes_nothing(api, environment):
    text = """\
kind: Gateway
name: inner
hosts: [inner.example.test]
routes:
  - {service: shop, version: 1.0.0, weight: 50%}
---
kind: ReleasePolicy
name: canary
steps: []
---
kind: Gateway
name: good
hosts: [good.example.test]
routes: [{service: shop, version: 1.0.0}]
---
kind: Workflow
name: x
"""

    answer = api.post(HERE, text, content_type="application/yaml")

    assert answer.status_code == 400
    faults = answer.json()["errors"]
    places = {(fault["pointer"].split("/")[1], fault["line"]) for fault in faults}
    assert {index for index, _ in places} == {"0", "1", "3"}
    assert ("1", 9) in places
    assert ("3", 16) in places
    assert _nothing_was_written(environment)


def test_apply__leads_to_a_document_that_cannot_be_read__is_not_called_unknown(api, environment):
    answer = api.post(HERE, [OUTER, {**INNER, "retries": "many"}], format="json")

    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/1/retries"}


def test_apply__clash_between_documents__is_refused_whole(api, environment):
    twin = {**INNER, "name": "twin"}

    answer = api.post(HERE, [POLICY, INNER, twin], format="json")

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/2/hosts/0"
    assert _nothing_was_written(environment)


def test_apply__loop__is_refused_whole(api, environment):
    back = {**INNER, "routes": [{"gateway": "outer"}]}

    answer = api.post(HERE, [OUTER, POLICY, back], format="json")

    assert answer.status_code == 422
    assert _nothing_was_written(environment)


def test_apply__same_policy_twice__is_refused(api, environment):
    answer = api.post(HERE, [POLICY, POLICY], format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/1/name"


def test_apply__nothing__is_refused(api, environment):
    assert api.post(HERE, [], format="json").status_code == 400
    assert api.post(HERE).status_code == 400


def test_apply__items_that_are_no_objects__are_all_told(api, environment):
    answer = api.post(HERE, [INNER, 1, "x"], format="json")

    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/1", "/2"}
