"""Bindings through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.models import RoleBinding
from tests.factories import given, user_of

ROOT = "/api/v1/organisations/acme"
HERE = f"{ROOT}/bindings"


@pytest.fixture
def bo(environment):
    return user_of(environment.organisation, "bo", role="")


def test_create__on_one_object_with_end_and_limit__is_shown_as_it_was_sent(api, bo, now):
    end = (now + timedelta(days=3)).replace(microsecond=0)
    body = {
        "role": "operator", "user": "acme/bo", "environment": "production",
        "object": "gateway/shop", "expires_at": end.isoformat(), "max_weight": "25%",
    }  # fmt: skip

    made = api.post(HERE, body, format="json")

    assert made.status_code == 201
    told = api.get(made["Location"]).json()
    assert {**told, **body, "created_by": "acme/ana"} == told
    assert (told["group"], told["token"], told["selector"]) == ("", "", "")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "emperor"}, "/role"),
        ({"user": "acme/nobody"}, "/user"),
        ({"user": "globex/eve"}, "/user"),
        ({"user": ""}, ""),
        ({"group": "sre"}, ""),
        ({"environment": "nowhere"}, "/environment"),
        ({"object": "gateway/shop", "environment": ""}, "/environment"),
        ({"object": "planet/mars"}, "/object"),
        ({"object": "gateway/shop", "selector": "a=b"}, "/selector"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2040-01-01T00:00:00"}, "/expires_at"),
        ({"max_weight": "101%"}, "/max_weight"),
    ],
)
def test_create__what_may_not_be__is_refused_at_its_place(
    api, bo, other_environment, change, pointer
):
    user_of(other_environment.organisation, "eve")
    before = RoleBinding.objects.count()

    body = {"role": "viewer", "user": "acme/bo", "environment": "production", **change}
    answer = api.post(HERE, body, format="json")

    assert answer.status_code == 400
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
    assert RoleBinding.objects.count() == before


def test_create__more_than_one_has__is_refused(api, client_of, environment, bo):
    api.post(f"{ROOT}/roles", {"name": "binder", "rights": ["binding.*"]}, format="json")
    given(environment.organisation, role="binder", user="acme/bo")
    bo.organisation.refresh_from_db()

    answer = client_of(bo).post(HERE, {"role": "administrator", "user": "acme/bo"}, format="json")

    assert answer.status_code == 403
    assert "You cannot give what you do not have" in answer.json()["detail"]


def test_create__the_same_again__is_a_conflict(api, bo):
    body = {"role": "viewer", "user": "acme/bo"}
    api.post(HERE, body, format="json")

    assert api.post(HERE, body, format="json").status_code == 409


def test_list__filters__all_must_hold(api, bo):
    for environment in ("", "production"):
        api.post(
            HERE, {"role": "viewer", "user": "acme/bo", "environment": environment}, format="json"
        )

    assert api.get(f"{HERE}?user=acme/bo").json()["count"] == 2
    assert api.get(f"{HERE}?user=acme/bo&environment=production").json()["count"] == 1
    assert api.get(f"{HERE}?group=nobody").json()["count"] == 0
    assert api.get(f"{HERE}?colour=red").status_code == 400


def test_change__one_field__leaves_the_other(api, bo, now):
    end = (now + timedelta(days=3)).isoformat()
    made = api.post(
        HERE,
        {"role": "operator", "user": "acme/bo", "expires_at": end, "max_weight": "25%"},
        format="json",
    ).json()

    told = api.patch(f"{HERE}/{made['id']}", {"max_weight": "50%"}, format="json").json()
    assert (told["expires_at"], told["max_weight"]) == (made["expires_at"], "50%")
    told = api.patch(f"{HERE}/{made['id']}", {"expires_at": None}, format="json").json()
    assert (told["expires_at"], told["max_weight"]) == (None, "50%")


def test_change__role__is_no_change_of_a_binding(api, bo):
    made = api.post(HERE, {"role": "viewer", "user": "acme/bo"}, format="json").json()

    answer = api.patch(f"{HERE}/{made['id']}", {"role": "operator"}, format="json")

    assert answer.status_code == 400


def test_delete__right__is_gone_with_the_next_request(api, client_of, bo):
    made = api.post(HERE, {"role": "operator", "user": "acme/bo"}, format="json").json()
    bo.organisation.refresh_from_db()
    assert client_of(bo).get(f"{ROOT}/roles").status_code == 200

    assert api.delete(f"{HERE}/{made['id']}").status_code == 204

    bo.organisation.refresh_from_db()
    assert client_of(bo).get(f"{ROOT}/roles").status_code == 403


def test_delete__last_administrator__is_a_conflict(api):
    mine = api.get(f"{HERE}?user=acme/ana").json()["results"][0]["id"]

    answer = api.delete(f"{HERE}/{mine}")

    assert answer.status_code == 409
    assert "without an administrator" in answer.json()["errors"][0]["message"]


def test_write__without_the_right__is_refused(api, client_of, member, bo):
    made = api.post(HERE, {"role": "viewer", "user": "acme/bo"}, format="json").json()
    mia = client_of(member)

    assert mia.get(HERE).status_code == 200
    assert mia.post(HERE, {"role": "viewer", "user": "acme/mia"}, format="json").status_code == 403
    assert mia.patch(f"{HERE}/{made['id']}", {}, format="json").status_code == 403
    assert mia.delete(f"{HERE}/{made['id']}").status_code == 403
