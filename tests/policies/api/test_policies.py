"""Release policies through the API."""

from __future__ import annotations

import pytest

from policies.models import ReleasePolicy
from tests.factories import POLICY, GatewayFactory

HERE = "/api/v1/organisations/acme/environments/production/policies"


def test_create__valid_document__makes_version_one(api, environment):
    answer = api.post(HERE, POLICY, format="json")

    assert answer.status_code == 201
    assert answer["Location"] == f"{HERE}/canary"
    assert (answer.json()["version"], answer["ETag"]) == (1, '"1"')
    assert ReleasePolicy.objects.in_environment(environment).get().name == "canary"


def test_create__name_taken__is_a_conflict(api, environment):
    api.post(HERE, POLICY, format="json")

    assert api.post(HERE, POLICY, format="json").status_code == 409


def test_put__change__makes_a_new_version_and_keeps_the_old(api, environment):
    api.put(f"{HERE}/canary", POLICY, format="json")

    changed = api.put(f"{HERE}/canary", {**POLICY, "title": "Careful"}, format="json")

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    versions = api.get(f"{HERE}/canary/versions").json()
    assert [row["version"] for row in versions["results"]] == [2, 1]
    assert "title" not in api.get(f"{HERE}/canary/versions/1").json()["document"]
    assert api.get(f"{HERE}/canary/versions/3").status_code == 404


def test_put__same_document__makes_no_version(api, environment):
    api.put(f"{HERE}/canary", POLICY, format="json")

    assert api.put(f"{HERE}/canary", POLICY, format="json").json()["version"] == 1


def test_put__dry_run__writes_nothing(api, environment):
    answer = api.put(f"{HERE}/canary?dry_run=true", POLICY, format="json")

    assert (answer.status_code, answer.json()["version"]) == (201, 1)
    assert not ReleasePolicy.objects.in_environment(environment).exists()


@pytest.mark.parametrize("method", ["put", "delete"])
def test_write__old_etag__is_refused(api, environment, method):
    api.put(f"{HERE}/canary", POLICY, format="json")
    api.put(f"{HERE}/canary", {**POLICY, "title": "Careful"}, format="json")

    answer = getattr(api, method)(f"{HERE}/canary", POLICY, format="json", HTTP_IF_MATCH='"1"')

    assert answer.status_code == 412
    assert api.get(f"{HERE}/canary").json()["version"] == 2


def test_put__yaml_with_faults__tells_all_with_lines(api, environment):
    text = """\
kind: ReleasePolicy
name: canary
stepps: []
steps:
  - target: {weight: 10}
    conditions:
      - {metric: eror_ratio, operator: "<=", baseline: 0.05}
"""

    answer = api.put(f"{HERE}/canary", text, content_type="application/yaml")

    assert answer.status_code == 400
    faults = {(fault["pointer"], fault["line"]) for fault in answer.json()["errors"]}
    assert {
        ("/stepps", 3),
        ("/steps/0/target/weight", 5),
        ("/steps/0/conditions/0/metric", 7),
    } <= faults


def test_delete__used_by_a_gateway__is_a_conflict(api, environment):
    api.put(f"{HERE}/canary", POLICY, format="json")
    GatewayFactory.create(environment=environment, policy="canary")

    answer = api.delete(f"{HERE}/canary")

    assert answer.status_code == 409
    assert "shop" in answer.json()["errors"][0]["message"]


def test_delete__unused__is_gone(api, environment):
    api.put(f"{HERE}/canary", POLICY, format="json")

    assert api.delete(f"{HERE}/canary").status_code == 204
    assert api.get(f"{HERE}/canary").status_code == 404


def test_yaml__sent_back__changes_nothing(api, environment):
    api.put(f"{HERE}/canary", POLICY, format="json")

    text = api.get(f"{HERE}/canary/yaml").content
    again = api.put(f"{HERE}/canary", text, content_type="application/yaml")

    assert again.json()["version"] == 1
