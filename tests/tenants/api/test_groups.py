"""Groups through the API."""

from __future__ import annotations

import pytest

from tenants.models import Group
from tests.factories import given, user_of

ROOT = "/api/v1/organisations/acme"
HERE = f"{ROOT}/groups"
BODY = {"name": "sre", "title": "Reliability", "members": ["acme/ana"]}


def test_create__with_members__is_listed(api):
    made = api.post(HERE, BODY, format="json")

    assert (made.status_code, made["Location"]) == (201, f"{HERE}/sre")
    assert api.get(HERE).json()["results"] == [BODY] == [made.json()]
    assert api.get(f"{HERE}/sre").json() == BODY


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "S R E"}, "/name"),
        ({"members": ["acme/nobody"]}, "/members"),
        ({"members": ["globex/eve"]}, "/members"),
        ({"title": "x" * 128}, "/title"),
    ],
)
def test_create__what_may_not_be__is_refused_at_its_place(api, other_environment, change, pointer):
    user_of(other_environment.organisation, "eve")

    answer = api.post(HERE, {**BODY, **change}, format="json")

    assert answer.status_code == 400
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
    assert not Group.objects.exists()


def test_create__name_taken__is_a_conflict(api):
    api.post(HERE, BODY, format="json")

    assert api.post(HERE, BODY, format="json").status_code == 409


def test_change__members__get_what_the_group_has_at_once(api, client_of, environment):
    api.post(HERE, {"name": "sre"}, format="json")
    given(environment.organisation, role="operator", group="sre")
    bo = user_of(environment.organisation, "bo", role="")
    assert client_of(bo).get(f"{ROOT}/roles").status_code == 403

    api.patch(f"{HERE}/sre", {"members": ["acme/bo"]}, format="json")

    bo.organisation.refresh_from_db()
    assert client_of(bo).get(f"{ROOT}/roles").status_code == 200


def test_change__into_a_mightier_group__is_refused(api, client_of, environment):
    api.post(HERE, {"name": "chiefs"}, format="json")
    given(environment.organisation, role="administrator", group="chiefs")
    api.post(f"{ROOT}/roles", {"name": "keeper", "rights": ["group.*"]}, format="json")
    max_ = user_of(environment.organisation, "max", role="keeper")

    answer = client_of(max_).patch(f"{HERE}/chiefs", {"members": ["acme/max"]}, format="json")

    assert answer.status_code == 403
    assert not Group.objects.get(name="chiefs").members.exists()


@pytest.mark.parametrize(
    ("rights", "body", "status"),
    [
        (["group.view"], {"title": "x"}, 403),
        (["group.view", "group.change"], {"title": "x"}, 200),
        (["group.view", "group.change"], {"members": []}, 403),
        (["group.view", "group.manage-members"], {"members": []}, 200),
        (["group.change"], {"title": "x"}, 403),
    ],
)
def test_change__title_and_members__take_a_right_each(
    api, client_of, environment, rights, body, status
):
    api.post(HERE, BODY, format="json")
    api.post(f"{ROOT}/roles", {"name": "keeper", "rights": rights}, format="json")
    max_ = user_of(environment.organisation, "max", role="keeper")

    answer = client_of(max_).patch(f"{HERE}/sre", body, format="json")

    assert answer.status_code == status


def test_write__without_the_right__is_refused(api, client_of, member):
    api.post(HERE, BODY, format="json")
    mia = client_of(member)

    assert mia.get(HERE).status_code == 200
    assert mia.post(HERE, {"name": "x"}, format="json").status_code == 403
    assert mia.delete(f"{HERE}/sre").status_code == 403


def test_delete__group_with_roles__takes_away_what_it_gave(api, environment):
    api.post(HERE, BODY, format="json")
    given(environment.organisation, role="viewer", group="sre")

    assert api.delete(f"{HERE}/sre").status_code == 204
    assert api.get(f"{HERE}/sre").status_code == 404
    assert api.get(f"{ROOT}/bindings?group=sre").json()["results"] == []


def test_delete__of_the_last_administrators__is_a_conflict(api, environment):
    api.post(HERE, BODY, format="json")
    given(environment.organisation, role="administrator", group="sre")
    mine = api.get(f"{ROOT}/bindings?user=acme/ana").json()["results"][0]["id"]
    assert api.delete(f"{ROOT}/bindings/{mine}").status_code == 204

    assert api.delete(f"{HERE}/sre").status_code == 409
    assert api.patch(f"{HERE}/sre", {"members": []}, format="json").status_code == 409
