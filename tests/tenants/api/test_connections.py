from __future__ import annotations

import pytest

from tenants.connections import installation_kv
from tenants.models import ConnectionResult
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR, environment_in, user_of
from tests.tenants.test_collectors import end_of

HERE = "/api/v1/organisations/acme/environments/production/connections"
OF_ORGANISATION = "/api/v1/organisations/acme/connections"
PROPOSAL = {"url": "vault://127.0.0.1:8200/kv"}


@pytest.fixture
def root(client_of, platform_administrator):
    return client_of(platform_administrator)


def test_list__of_an_environment__says_where_each_leads_and_what_was_found(environment, api, root):
    root.post(f"{HERE}/kv/test")

    found = {each["store"]: each for each in api.get(HERE).json()}

    assert list(found) == ["database", "kv", "events", "metrics", "scheduler"]
    assert found["kv"]["result"]["ok"] is True
    assert found["kv"]["result"]["tested_by"] == "root"
    assert found["metrics"]["result"] is None
    assert found["kv"]["url"] == "file:"  # whose folder it is, only its administrators are told


def test_test__saved_connection__tells_what_answered(environment, root):
    installation_kv().prepare()

    found = root.post(f"{HERE}/kv/test")

    assert found.status_code == 200
    assert found.json()["ok"] is True
    assert found.json()["system"] == "encrypted folder"
    assert found.json()["latency_ms"] >= 0
    assert ConnectionResult.objects.get().ok


def test_test__proposal__is_tried_and_not_saved(environment, root, tmp_path):
    found = root.post(
        f"{HERE}/scheduler/test", {"url": f"local:{tmp_path}/none"}, format="json"
    ).json()

    assert found["is_prepared"] is False
    assert not ConnectionResult.objects.exists()
    environment.refresh_from_db()
    assert environment.scheduler_url == ""


def test_test__several_faults__are_all_named(environment, root):
    answer = root.post(f"{HERE}/kv/test", {"url": "redis://u:hunter2@h", "other": 1}, format="json")

    assert answer.status_code == 400
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_test__without_the_right__is_refused(environment, client_of, role):
    api = client_of(user_of(environment.organisation, "dev", role=role))

    assert api.post(f"{HERE}/kv/test").status_code == 403
    assert api.post(f"{HERE}/kv/test", PROPOSAL, format="json").status_code == 403
    assert not ConnectionResult.objects.exists()


@pytest.mark.parametrize("role", ["administrator", "operator"])
def test_test__by_people_of_the_organisation__is_of_what_is_saved_alone(
    environment, client_of, role
):
    api = client_of(user_of(environment.organisation, role=role))

    assert api.post(f"{HERE}/kv/test").status_code == 200
    refused = api.post(f"{HERE}/kv/test", PROPOSAL, format="json")
    assert refused.status_code == 403
    assert "Only a platform administrator" in refused.json()["detail"]


def test_test__unknown_store__is_not_found(environment, root):
    assert root.post(f"{HERE}/broker/test").status_code == 404


def test_organisation__its_stores__are_listed_and_tested(environment, api, root):
    assert [each["store"] for each in api.get(OF_ORGANISATION).json()] == [
        "kv", "events", "metrics",
    ]  # fmt: skip
    assert root.post(f"{OF_ORGANISATION}/kv/test").json()["ok"] is True
    assert root.post(f"{OF_ORGANISATION}/scheduler/test").status_code == 404


def test_installation__its_stores__are_for_platform_administrators_alone(environment, api, root):
    assert api.get("/api/v1/connections").status_code == 403
    assert api.post("/api/v1/connections/kv/test").status_code == 403
    found = root.get("/api/v1/connections").json()
    assert [each["store"] for each in found] == ["database", "broker", "kv", "events", "metrics"]
    assert root.post("/api/v1/connections/kv/test").json()["ok"] is True


def test_list__two_tenants_of_the_same_names__each_sees_its_own(environment, api, root):
    other = environment_in("default", organisation="globex")
    change_environment(other, actor=ACTOR, metrics_url="elasticsearch://theirs:9200/vamp")

    assert "theirs" not in api.get(HERE).content.decode()
    assert api.get(HERE.replace("acme", "globex")).status_code == 404


def test_list__key_of_agents_waits_for_its_end__is_told_where_it_belongs(environment, api, root):
    end_of(1, environment, waits_for="NATS at nats.internal:4222 does not answer")
    gone = end_of(2, environment, environment_id=0)
    theirs = environment_in("default", organisation="globex")
    end_of(3, theirs)

    def told(caller, address):
        (events,) = [each for each in caller.get(address).json() if each["store"] == "events"]
        return {each["token"]: each["waits_for"] for each in events["keys_to_end"]}

    said = "the event stream's server could not be told yet"
    assert told(api, HERE) == {"vga-1": said}  # where it is, only its administrators are told
    assert told(api, OF_ORGANISATION) == {"vga-1": said, gone.token_name: ""}
    assert told(root, "/api/v1/connections") == {
        "vga-1": "NATS at nats.internal:4222 does not answer", "vga-2": "", "vga-3": "",
    }  # fmt: skip
