from __future__ import annotations

import pytest

from tenants.services.lockout import PAIR_LIMIT, lock_of, note_failure
from vamp.models import AuditEntry

HERE = "/api/v1/organisations/acme/locks"


@pytest.fixture
def locked(person):
    for _ in range(PAIR_LIMIT):
        note_failure(person.login, "192.0.2.1")
    note_failure("nobody", "192.0.2.1")
    return person


@pytest.fixture
def admin(platform_administrator, client_of):
    return client_of(platform_administrator)


def test_locks__of_an_organisation__are_listed_and_lifted(locked, admin):
    (found,) = admin.get(HERE).json()["results"]
    assert (found["subject"], found["is_locked"]) == (locked.login, True)
    assert found["until"] > found["last_at"]

    assert admin.delete(f"{HERE}/{found['id']}").status_code == 204

    assert lock_of(locked.login, "192.0.2.1") is None
    assert AuditEntry.objects.using("default").filter(verb="lock.lifted").exists()
    assert admin.delete(f"{HERE}/{found['id']}").status_code == 404


def test_locks__of_the_installation__hold_those_of_no_tenant_too(locked, admin):
    found = admin.get("/api/v1/locks").json()["results"]
    assert {each["subject"] for each in found} == {locked.login, "nobody"}

    for each in found:
        assert admin.delete(f"/api/v1/locks/{each['id']}").status_code == 204

    assert admin.get("/api/v1/locks").json()["results"] == []


def test_locks__of_another_organisation__are_not_found(locked, admin, other_environment):
    number = admin.get(HERE).json()["results"][0]["id"]

    assert admin.delete(f"/api/v1/organisations/globex/locks/{number}").status_code == 404


@pytest.mark.parametrize("address", [HERE, "/api/v1/locks", "/api/v1/locks/1", f"{HERE}/1"])
def test_locks__asked_by_a_user__are_refused(member, client_of, address):
    api = client_of(member)
    assert api.get(address).status_code in (403, 405)
    assert api.delete(address).status_code in (403, 405)


def test_locks__asked_by_an_administrator__are_those_of_the_organisation_alone(locked, api):
    (found,) = api.get(HERE).json()["results"]
    assert found["subject"] == locked.login

    assert api.get("/api/v1/locks").status_code == 403
    assert api.delete(f"/api/v1/locks/{found['id']}").status_code == 403
    assert lock_of(locked.login, "192.0.2.1") is not None
    assert api.delete(f"{HERE}/{found['id']}").status_code == 204
