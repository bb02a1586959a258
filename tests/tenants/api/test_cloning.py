from __future__ import annotations

import pytest

from tenants.models import Environment

HERE = "/api/v1/organisations/acme/environments/production"


@pytest.fixture
def root(platform_administrator, client_of):
    return client_of(platform_administrator)


def test_clone__as_platform_administrator__says_what_became_of_it(environment, root):
    answer = root.post(f"{HERE}/clone", {"name": "staging", "stage": "test"}, format="json")

    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["environment"]["name"], told["environment"]["stage"]) == ("staging", "test")
    assert told["environment"]["state"] == "active"
    assert told["copied"] == {"gateways": 0, "policies": 0}
    assert told["secrets_missing"] == []
    assert Environment.objects.get(name="staging").database == environment.database


def test_clone__something_wrong__every_fault_is_told(environment, root):
    answer = root.post(f"{HERE}/clone", {"name": "Staging", "colour": "red"}, format="json")

    assert answer.status_code == 400
    assert "/colour" in {fault["pointer"] for fault in answer.json()["errors"]}


def test_clone__by_a_member__is_not_allowed(environment, client_of, member):
    assert client_of(member).post(f"{HERE}/clone", {"name": "x"}, format="json").status_code == 403
