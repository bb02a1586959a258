from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import User
from tenants.services.passwords import change_password, set_active, set_password
from tenants.services.tokens import create_token
from tests.away import no_store
from tests.factories import PASSWORD, organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Invalid, Unavailable
from vamp.models import AuditEntry, OutboxEvent

NEW = "a longer and better phrase"


@pytest.fixture
def user(db):
    return user_of(organisation_named("acme"))


@pytest.fixture
def boss(user):
    """Another administrator: the last one is not switched off."""
    return user_of(user.organisation, "boss")


def visiting(user):
    client = Client()
    client.force_login(user)
    return client


def is_in(client):
    return client.get("/api/v1/me").status_code == 200


def told(error):
    return [(fault.pointer, fault.message) for fault in error.value.faults]


def last_told():
    entry = AuditEntry.objects.using(DEFAULT).exclude(verb="session.ended").order_by("id").last()
    return entry.actor, entry.verb, entry.name


def test_change_password__right_old_one__opens_with_the_new_and_ends_other_sessions(user):
    other = visiting(user)

    change_password(user, PASSWORD, NEW, actor=user.login)

    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not user.check_password(PASSWORD)
    assert not is_in(other)
    assert last_told() == (user.login, "user.password_changed", user.login)
    written = f"{list(AuditEntry.objects.using(DEFAULT).values())}"
    written += f"{list(OutboxEvent.objects.using(DEFAULT).values())}"
    assert NEW not in written
    assert user.password not in written


def test_change_password__everything_wrong__tells_every_fault(user):
    with pytest.raises(Invalid) as caught:
        change_password(user, "wrong", "password1", actor=user.login)

    assert [pointer for pointer, _ in told(caught)] == ["/old", "/new", "/new"]
    assert user.check_password(PASSWORD)


def test_change_password__the_same_again__is_refused(user):
    with pytest.raises(Invalid, match="choose another one"):
        change_password(user, PASSWORD, PASSWORD, actor=user.login)


def test_change_password__store_away__changes_nothing(user, settings):
    before = User.objects.values().get()

    with no_store(settings), pytest.raises(Unavailable):
        change_password(user, PASSWORD, NEW, actor=user.login)

    assert User.objects.values().get() == before


def test_set_password__by_an_administrator__must_be_changed_and_ends_sessions(user):
    client = visiting(user)

    set_password(user, NEW, actor="root")

    user.refresh_from_db()
    assert user.must_change_password
    assert user.check_password(NEW)
    assert not is_in(client)
    change_password(user, NEW, PASSWORD, actor=user.login)
    assert not User.objects.get().must_change_password


@pytest.mark.parametrize(
    "weak", ["", "elevenchars", "123456789012", "password1234", "acme/annabel1"]
)
def test_set_password__weak__is_refused(weak, db):
    user = user_of(organisation_named("acme"), "annabel1")

    with pytest.raises(Invalid) as caught:
        set_password(user, weak, actor="root")

    assert {pointer for pointer, _ in told(caught)} == {"/password"}


def test_set_active__off__ends_sessions_and_tokens_at_once_and_on_again_opens(user, boss):
    client = visiting(user)
    _, text = create_token("ci", actor="tests", user=user)
    by_token = Client(HTTP_AUTHORIZATION=f"token {text}")
    assert is_in(by_token)

    set_active(user, False, actor="root")

    assert last_told() == ("root", "user.switched_off", user.login)
    assert not is_in(client)
    assert not is_in(by_token)
    assert not Client().login(username=user.login, password=PASSWORD)
    set_active(user, True, actor="root")
    assert Client().login(username=user.login, password=PASSWORD)
    assert not is_in(client)


def test_set_active__twice__is_told_once(user, boss):
    for _ in range(2):
        set_active(user, False, actor="root")

    assert AuditEntry.objects.using(DEFAULT).filter(verb="user.switched_off").count() == 1


def test_set_active__last_administrator_of_the_organisation__is_refused(user):
    client = visiting(user)

    with pytest.raises(Conflict, match="acme would be left without an administrator"):
        set_active(user, False, actor="root")

    assert User.objects.get().is_active
    assert is_in(client)


def test_set_active__last_platform_administrator__is_refused(db):
    root = user_of(None, "root")

    with pytest.raises(Conflict, match="last platform administrator"):
        set_active(root, False, actor="root")

    user_of(None, "second")
    set_active(root, False, actor="second")
    assert not User.objects.get(login="root").is_active
