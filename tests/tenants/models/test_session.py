from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tenants.models import UserSession
from tenants.sessions import SessionStore
from tests.factories import organisation_named, user_of


def made(user, key="k", **fields):
    row = {"session_data": "", "expire_date": timezone.now() + timedelta(hours=1), **fields}
    return UserSession.objects.create(session_key=key.ljust(64, "0"), user=user, **row)


def test_visible_to__other_organisation__sees_none(person, other_environment):
    mine = made(person)
    stranger = user_of(other_environment.organisation)

    assert list(UserSession.objects.visible_to(person)) == [mine]
    assert list(UserSession.objects.visible_to(stranger)) == []
    assert list(UserSession.objects.visible_to(user_of(None, "root"))) == [mine]


def test_live__over_or_of_nobody__is_left_out(db):
    user = user_of(organisation_named("acme"))
    now = timezone.now()
    going_on = made(user, "a")
    made(user, "b", expire_date=now - timedelta(seconds=1))
    made(None, "c")

    assert list(UserSession.objects.live(now)) == [going_on]


def test_short_id__of_a_session__is_the_beginning_of_its_digest(person):
    row = made(person, "abc")

    assert row.short_id == str(row) == "abc".ljust(16, "0")


def test_get_session_store_class__asked_by_django__is_our_engine():
    assert UserSession.get_session_store_class() is SessionStore
