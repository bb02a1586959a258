from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from tenants.models import UserSession
from tenants.services.sessions import end_session, end_sessions, prune
from tests.factories import user_of
from vamp.databases import DEFAULT
from vamp.models import AuditEntry, OutboxEvent


def visiting(user):
    client = Client()
    client.force_login(user)
    return client


def is_in(client):
    return client.get("/api/v1/me").status_code == 200


def test_end_sessions__all_but_one__only_that_goes_on(person):
    here, there, elsewhere = (visiting(person) for _ in range(3))
    bo = visiting(user_of(person.organisation, "bo"))

    count = end_sessions(person, actor="root", but=here.session.session_key)

    assert count == 2
    assert [is_in(each) for each in (here, there, elsewhere, bo)] == [True, False, False, True]


def test_end_sessions__none__tells_nobody(person):
    assert end_sessions(person, actor="root") == 0
    assert not AuditEntry.objects.using(DEFAULT).filter(verb="session.ended").exists()


def test_end_session__one__is_told_without_its_key(person):
    client = visiting(person)
    row = UserSession.objects.select_related("user__organisation").get()
    key = client.cookies["vamp-session"].value

    end_session(row, actor="root")

    assert not is_in(client)
    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    assert (entry.actor, entry.verb, entry.name) == ("root", "session.ended", person.login)
    assert key not in str(entry.before)
    event = OutboxEvent.objects.using(DEFAULT).order_by("id").last()
    assert event.subject == "vamp.acme._.tenants.session.ended"


def test_end_session__of_nobody__is_left_alone(db):
    row = UserSession.objects.create(session_key="a" * 64, expire_date=timezone.now())

    end_session(row, actor="root")

    assert UserSession.objects.exists()


def test_prune__over__are_forgotten(person):
    client = visiting(person)
    UserSession.objects.create(
        session_key="a" * 64, expire_date=timezone.now() - timedelta(seconds=1)
    )

    assert prune() == 1
    assert is_in(client)
