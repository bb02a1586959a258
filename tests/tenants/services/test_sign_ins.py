"""Logging in, out and in vain leave entries, and no password leaves a trace."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from tenants.services import sign_ins
from tests.factories import PASSWORD
from vamp.audit.coalescing import Coalescer
from vamp.models import AuditEntry

TYPED = "my-secret-typed-in-the-wrong-field"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(sign_ins, "_coalescer", Coalescer())


def told():
    rows = AuditEntry.objects.using("default").order_by("id")
    kinds = ("session", "login", "token")
    return [(row.verb, row.actor, row.organisation) for row in rows.filter(kind__in=kinds)]


def test_log_in_and_out__by_the_form__are_recorded_with_their_origin(person, client):
    client.post(reverse("admin:login"), {"username": "acme/ana", "password": PASSWORD})
    client.post(reverse("admin:logout"))

    assert told() == [
        ("session.opened", "acme/ana", "acme"),
        ("session.closed", "acme/ana", "acme"),
    ]
    row = AuditEntry.objects.using("default").filter(kind="session").first()
    assert (row.source_address, bool(row.request_id)) == ("127.0.0.1", True)


def test_log_in__wrong_password__is_recorded_without_it(person, client):
    client.post(reverse("admin:login"), {"username": "acme/ana", "password": TYPED})

    assert told() == [("login.failed", "acme/ana", "acme")]
    assert TYPED not in json.dumps([*AuditEntry.objects.using("default").values()], default=str)


def test_log_in__name_that_nobody_has__is_not_kept(person, client):
    client.post(reverse("admin:login"), {"username": TYPED, "password": "x"})

    assert told() == [("login.failed", "unknown", "")]


def test_log_in__tried_again_and_again__is_one_entry(person, client):
    for _ in range(5):
        client.post(reverse("admin:login"), {"username": "acme/ana", "password": "x"})

    assert told() == [("login.failed", "acme/ana", "acme")]


def test_token__that_is_not_good__is_recorded_once_without_it(environment, client):
    for _ in range(3):
        answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {TYPED}"})
        assert answer.status_code == 401

    assert told() == [("token.refused", "unknown", "")]
    assert TYPED not in json.dumps([*AuditEntry.objects.using("default").values()], default=str)
