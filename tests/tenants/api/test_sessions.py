from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import UserSession
from tests.factories import user_of


def visiting(user, **headers):
    client = Client(**headers)
    client.force_login(user)
    return client


def is_in(client):
    return client.get("/api/v1/me").status_code == 200


def test_my_sessions__listed__say_where_from_and_which_is_this(person):
    here, there = visiting(person), visiting(person, REMOTE_ADDR="192.0.2.7")
    visiting(user_of(person.organisation, "bo"))

    found = here.get("/api/v1/me/sessions").json()["results"]

    assert sorted(each["is_this"] for each in found) == [False, True]
    assert all(
        set(each) == {"id", "address", "browser", "since", "seen_at", "is_this"} for each in found
    )
    keys = {client.cookies["vamp-session"].value for client in (here, there)}
    assert not any(key in str(found) for key in keys)


def test_my_sessions__ended__only_this_goes_on(person):
    here, there = visiting(person), visiting(person)

    assert here.delete("/api/v1/me/sessions").json() == {"ended": 1}

    assert (is_in(here), is_in(there)) == (True, False)


def test_my_session__ended_by_id__is_over_and_of_a_colleague_is_not_found(person):
    here, there = visiting(person), visiting(person)
    bo = visiting(user_of(person.organisation, "bo"))
    theirs = UserSession.objects.get(user__login="acme/bo").short_id
    other = next(
        each["id"]
        for each in here.get("/api/v1/me/sessions").json()["results"]
        if not each["is_this"]
    )

    assert here.delete(f"/api/v1/me/sessions/{other}").status_code == 204
    assert here.delete(f"/api/v1/me/sessions/{theirs}").status_code == 404
    assert here.delete(f"/api/v1/me/sessions/{other[:4]}").status_code == 404

    assert (is_in(there), is_in(bo)) == (False, True)


def test_user_sessions__administrator__lists_and_ends_them(
    person, platform_administrator, client_of
):
    client = visiting(person)
    admin = client_of(platform_administrator)
    address = "/api/v1/organisations/acme/users/ana/sessions"

    listed = admin.get(address).json()["results"]
    assert admin.delete(f"{address}/{listed[0]['id']}").status_code == 204
    assert not is_in(client)
    visiting(person)
    assert admin.delete(address).json() == {"ended": 1}


@pytest.mark.parametrize("address", ["users/ana/sessions", "users/ana/sessions/0123456789abcdef"])
def test_user_sessions__colleague__may_not(person, member, client_of, address):
    api, ana = client_of(member), visiting(person)

    assert api.delete(f"/api/v1/organisations/acme/{address}").status_code == 403
    assert api.get(f"/api/v1/organisations/acme/{address}").status_code in (403, 405)
    assert is_in(ana)
    assert api.get(f"/api/v1/organisations/globex/{address}").status_code in (403, 404, 405)
