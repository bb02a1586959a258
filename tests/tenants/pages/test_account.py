from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import User, UserSession
from tests.away import no_store
from tests.factories import PASSWORD, user_of

NEW = "a longer and better phrase"


@pytest.fixture
def client(person):
    found = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/130"})
    found.force_login(person)
    return found


def change(client, old=PASSWORD, new=NEW, again=None):
    form = {"old": old, "new": new, "again": new if again is None else again}
    return client.post("/admin/password_change/", form)


def test_account__of_a_person__shows_sessions_and_offers_factors(person, client):
    Client(REMOTE_ADDR="192.0.2.7").force_login(person)

    page = client.get("/admin/account/").content.decode()

    assert "this one" in page
    assert "End all but this one" in page
    assert "Set up an authenticator app" in page
    assert UserSession.objects.first().session_key not in page


def test_account__nobody__must_sign_in(db):
    assert Client().get("/admin/account/").status_code == 302


def test_password__changed__this_session_goes_on_and_others_end(person, client):
    other = Client()
    other.force_login(person)

    assert change(client)["Location"] == "/admin/account/"

    assert client.get("/api/v1/me").status_code == 200
    assert other.get("/api/v1/me").status_code == 401
    assert User.objects.get().check_password(NEW)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"old": "wrong"}, "not your present password"),
        ({"new": "short"}, "too short"),
        ({"again": "another one"}, "two new passwords differ"),
    ],
)
def test_password__wrong__says_what_and_changes_nothing(person, client, form, said):
    answer = change(client, **form)

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_password__store_away__is_a_503(person, client, settings):
    with no_store(settings):
        answer = change(client)

    assert answer.status_code == 503
    assert "nothing was changed" in answer.content.decode()


def test_password__of_single_sign_on__has_none_to_change(person, client):
    person.set_password(None)
    person.save()
    client.force_login(person)

    assert "You have no password here" in client.get("/admin/password_change/").content.decode()


def test_sessions__one_ended__is_over_and_of_a_colleague_is_not_there(person, client):
    here = set(UserSession.objects.values_list("pk", flat=True))
    other = Client()
    other.force_login(person)
    mine = UserSession.objects.exclude(pk__in=here).get()
    bo = Client()
    bo.force_login(user_of(person.organisation, "bo"))
    theirs = UserSession.objects.get(user__login="acme/bo")

    client.post("/admin/account/sessions/end/", {"session": mine.short_id})
    refused = client.post("/admin/account/sessions/end/", {"session": theirs.short_id})

    assert refused.status_code == 404
    assert other.get("/api/v1/me").status_code == 401
    assert bo.get("/api/v1/me").status_code == 200


def test_sessions__all_ended__only_this_goes_on(person, client):
    other = Client()
    other.force_login(person)

    client.post("/admin/account/sessions/end/")

    assert other.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 200
