from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tenants.models import Deletion, Environment, Organisation
from tenants.services.archiving import archive_environment, archive_organisation
from tenants.services.deletion_run import continue_deletion
from tests.addresses import ADDRESSES, addresses_of
from tests.conftest import DATABASES
from tests.factories import deletion_in, environment_in
from tests.furnished import tenant

ORGANISATION = "/api/v1/organisations/acme"
HERE = f"{ORGANISATION}/environments/production"

CHANGES_IDLE = frozenset(
    {
        "api-environment-archive", "api-environment-restore", "api-environment-deletion",
        "api-environment-clone", "api-agent-report", "api-agent-rollups",
    }
)  # fmt: skip
"""Addresses that an archived environment takes a write at; deleting the environment is one more."""


@pytest.fixture
def root(platform_administrator, client_of):
    return client_of(platform_administrator)


def names_of(answer):
    return [each["name"] for each in answer.json()["results"]]


def test_archive__environment__is_left_out_of_the_list_until_asked_for(environment, root):
    assert root.post(f"{HERE}/archive").status_code == 204

    assert root.get(HERE).json()["state"] == "archived"
    assert names_of(root.get(f"{ORGANISATION}/environments")) == []
    assert names_of(root.get(f"{ORGANISATION}/environments?state=archived")) == ["production"]
    assert names_of(root.get(f"{ORGANISATION}/environments?state=all")) == ["production"]
    assert names_of(root.get(f"{ORGANISATION}/environments?state=active")) == []
    assert root.get(f"{ORGANISATION}/environments?state=gone").status_code == 400
    assert root.post(f"{HERE}/restore").status_code == 204
    assert names_of(root.get(f"{ORGANISATION}/environments")) == ["production"]


def test_archive__organisation__its_environments_are_shown_as_archived(environment, root):
    assert root.post(f"{ORGANISATION}/archive").status_code == 204

    assert root.get(HERE).json()["state"] == "archived"
    assert names_of(root.get("/api/v1/organisations")) == []
    assert names_of(root.get(f"{ORGANISATION}/environments")) == []
    assert names_of(root.get("/api/v1/organisations?state=archived")) == ["acme"]
    refused = root.patch(ORGANISATION, {"title": "x"}, format="json")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:vamp:problem:not-active")
    assert root.post(f"{ORGANISATION}/restore").status_code == 204
    assert root.get(HERE).json()["state"] == "active"


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("archive", ["environment", "organisation"])
def test_write__any_address_of_an_archived_environment__is_refused_and_says_why(
    database, archive, platform_administrator, client_of
):
    one = tenant("acme", database, first_id=9_000)
    if archive == "environment":
        archive_environment(one.environment, actor="root")
    else:
        archive_organisation(one.organisation, actor="root")
    before = one.all_rows()
    root = client_of(platform_administrator)
    tried = 0

    for address in addresses_of(one):
        if not address.path.startswith(HERE) or address.name in CHANGES_IDLE:
            continue
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            if (address.name, method) == ("api-environment", "DELETE"):
                continue
            answer = getattr(root, method.lower())(address.path, {}, format="json")
            if answer.status_code == 405:
                continue
            tried += 1
            assert answer.status_code == 409, (method, address.path, answer.content)
            assert "is archived" in answer.json()["detail"], answer.json()
            assert answer.json()["type"] == "urn:vamp:problem:not-active"

    assert tried >= 15
    assert one.all_rows() == before


def test_changes_idle__every_address__is_one_that_there_is():
    assert ADDRESSES.keys() >= CHANGES_IDLE


def test_deletion__before_it_is_asked_for__says_what_would_go(environment, root):
    told = root.get(f"{HERE}/deletion").json()

    assert told["deletion"] is None
    assert told["preview"]["subjects"] == ["vamp.acme.production.>"]


def test_delete__name_not_typed__is_refused(environment, root):
    for query in ("", "?confirm=acme", "?confirm=Production"):
        answer = root.delete(f"{HERE}{query}")
        assert answer.status_code == 400, answer.json()
        assert answer.json()["errors"][0]["pointer"] == "/confirm"
    assert not Deletion.objects.exists()


def test_delete__name_typed__goes_on_in_the_background_and_is_told(environment, root):
    answer = root.delete(f"{HERE}?confirm=production")

    assert answer.status_code == 202
    assert answer.json()["steps"][0] == {
        "name": "stop", "words": "discovery, releases and publication end", "state": "next",
        "may_be_skipped": False,
    }  # fmt: skip
    assert root.get(HERE).json()["state"] == "deleting"
    assert root.patch(HERE, {"title": "x"}, format="json").status_code == 409
    assert root.delete(f"{HERE}?confirm=production").status_code == 202
    assert root.post(f"{HERE}/archive").status_code == 409

    continue_deletion(Deletion.objects.get().pk)

    assert root.get(HERE).status_code == 404
    (record,) = root.get(f"{ORGANISATION}/deletions").json()["results"]
    assert record["finished_at"]
    assert {step["state"] for step in record["steps"]} == {"done"}


def test_delete__organisation__takes_its_environments_and_then_itself(environment, root):
    assert root.get(f"{ORGANISATION}/deletion").json()["preview"]["environments"].keys() == {
        "production"
    }
    assert root.delete(f"{ORGANISATION}?confirm=acme").status_code == 202

    for _ in range(4):
        for pk in Deletion.objects.running().order_by("running").values_list("pk", flat=True):
            continue_deletion(pk)

    assert root.get(ORGANISATION).status_code == 404
    assert not Organisation.objects.exists()
    again = root.post("/api/v1/organisations", {"name": "acme"}, format="json")
    assert again.status_code == 409


def test_skip__a_step_that_waits__is_left_out(environment, root):
    root.delete(f"{HERE}?confirm=production")

    answer = root.post(f"{HERE}/deletion", {"skip": "keys"}, format="json")

    assert answer.status_code == 200
    assert {"name": "keys", "state": "skipped"}.items() <= answer.json()["steps"][2].items()


def test_skip__no_deletion_goes_on__is_not_found(environment, root):
    assert root.post(f"{HERE}/deletion", {"skip": "keys"}, format="json").status_code == 404
    path = f"{ORGANISATION}/deletion"
    assert root.post(path, {"skip": "secrets"}, format="json").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", f"{HERE}/archive"), ("post", f"{HERE}/restore"), ("post", f"{HERE}/deletion"),
        ("delete", f"{HERE}?confirm=production"), ("post", f"{ORGANISATION}/archive"),
        ("post", f"{ORGANISATION}/restore"), ("delete", f"{ORGANISATION}?confirm=acme"),
    ],
)  # fmt: skip
def test_change__by_a_member__is_not_allowed(environment, client_of, member, method, path):
    assert getattr(client_of(member), method)(path, {}, format="json").status_code == 403
    assert Environment.objects.get().is_active


@pytest.mark.django_db(databases=DATABASES)
def test_agents__of_an_environment_that_is_being_deleted__are_refused(database, client, root):
    one = tenant("acme", database, first_id=9_000)
    root.delete(f"{HERE}?confirm=production")

    answer = client.post(
        f"{HERE}/agents/vga-1/report", {}, content_type="application/json",
        headers={"authorization": f"token {one.agent_token}"},
    )  # fmt: skip

    assert answer.status_code == 409


@pytest.mark.parametrize("count", [1, 20])
def test_list__any_number_of_deletions__same_queries(environment, root, count):
    for number in range(count):
        deletion_in(environment, environment=f"old-{number}")

    with CaptureQueriesContext(connections["default"]) as queries:
        root.get(f"{ORGANISATION}/deletions")

    assert len(queries) == 3


def test_usage__of_an_organisation__stands_beside_its_quotas(environment, root):
    changed = root.patch(
        ORGANISATION,
        {"most_environments": 2, "environment_defaults": {"stage": "test"}},
        format="json",
    )

    assert changed.status_code == 200, changed.json()
    told = root.get(ORGANISATION).json()
    assert told["usage"][0] == {"kind": "environments", "limit": 2, "used": 1}
    assert told["environment_defaults"] == {"stage": "test"}
    assert environment_in(name="second").stage == "test"
    refused = root.post(f"{ORGANISATION}/environments", {"name": "third"}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "quota-reached")


def test_defaults__something_wrong__is_told_at_its_place(environment, root):
    for value, pointer in [
        ({"namespace": "{team}"}, "/environment_defaults/namespace"),
        ({"kv_url": "stone://x"}, "/environment_defaults/kv_url"),
        ({"kv_url": "vault://:hunter2@v/x"}, "/environment_defaults/kv_url"),
        ({"colour": "red"}, "/environment_defaults/colour"),
    ]:
        answer = root.patch(ORGANISATION, {"environment_defaults": value}, format="json")
        assert answer.status_code == 400
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
        assert "hunter2" not in answer.content.decode()
