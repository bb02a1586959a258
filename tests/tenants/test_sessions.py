from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tenants.models import UserSession
from tenants.sessions import ORIGIN, SEEN_STEP, SessionStore, digest_of, origin
from tests.factories import PASSWORD, organisation_named, user_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return user_of(organisation_named("acme"))


def stored(user=None, **content):
    store = SessionStore()
    store.create()
    store.update({**({SESSION_KEY: str(user.pk)} if user else {}), **content})
    store.save()
    return store


def test_session__signed_in_at_the_door__row_says_whose_and_from_where(user):
    client = Client(headers={"User-Agent": "Firefox/1"}, REMOTE_ADDR="192.0.2.7")

    client.post("/admin/login/", {"username": user.login, "password": PASSWORD})

    row = UserSession.objects.get(user=user)
    assert (row.address, row.browser) == ("192.0.2.7", "Firefox/1")
    assert timezone.now() - row.since < timedelta(minutes=1)
    key = client.cookies["vamp-session"].value
    assert row.pk == digest_of(key)
    assert key not in str(UserSession.objects.values().get())


def test_session__row_deleted__is_over_at_the_next_request(user, client):
    client.force_login(user)
    assert client.get("/api/v1/me").status_code == 200

    UserSession.objects.all().delete()

    assert client.get("/api/v1/me").status_code == 401


def test_load__right_key__finds_what_was_saved():
    store = stored(colour="red")

    assert SessionStore(store.session_key)["colour"] == "red"
    assert store.exists(store.session_key)


def test_load__digest_in_place_of_the_key__finds_nothing():
    store = stored(colour="red")

    assert SessionStore(digest_of(store.session_key)).load() == {}
    assert not store.exists(digest_of(store.session_key))
    assert not store.exists(None)


def test_load__over__finds_nothing():
    store = stored(colour="red")
    UserSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert SessionStore(store.session_key).load() == {}


def test_load__used_again__is_noted_once_a_minute(django_assert_num_queries):
    store = stored()
    with django_assert_num_queries(1):
        SessionStore(store.session_key).load()
    then = timezone.now() - SEEN_STEP - timedelta(seconds=1)
    UserSession.objects.update(seen_at=then)

    with django_assert_num_queries(2):
        SessionStore(store.session_key).load()

    assert UserSession.objects.get().seen_at > then


def test_delete__the_present_one_or_by_key__is_gone():
    first, second = stored(), stored()

    first.delete()
    SessionStore().delete(second.session_key)
    SessionStore().delete()

    assert not UserSession.objects.exists()


def test_cycle_key__as_a_sign_in_does__leaves_one_row(user):
    store = stored(user)

    store.cycle_key()

    assert UserSession.objects.get().pk == digest_of(store.session_key)


def test_save__origin_is_known__stands_in_the_row(user):
    since = timezone.now() - timedelta(days=1)

    stored(user, **{ORIGIN: origin("192.0.2.9", "x" * 300, since)})

    row = UserSession.objects.get()
    assert (row.user, row.address, len(row.browser), row.since) == (user, "192.0.2.9", 255, since)


@pytest.mark.django_db(transaction=True)
def test_async__as_asgi_asks__does_the_same():
    async def walk():
        store = SessionStore()
        await store.aset("colour", "red")
        await store.asave()
        key = store.session_key
        found = await SessionStore(key).aload()
        there = await store.aexists(key)
        await SessionStore(key).adelete()
        return found, there, await store.aexists(key)

    assert async_to_sync(walk)() == ({"colour": "red"}, True, False)


def test_clearsessions__over__are_forgotten():
    stored()
    UserSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    call_command("clearsessions")

    assert not UserSession.objects.exists()
