"""Refusals are recorded where they belong, and a flood of them is a number."""

from __future__ import annotations

import pytest

from tenants.services import denials
from tenants.services.denials import record_denial
from vamp.audit.coalescing import Coalescer
from vamp.models import AuditEntry


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(denials, "_coalescer", Coalescer(most_in_scope=3))


def entries():
    return AuditEntry.objects.using("default").filter(verb="access.denied").order_by("id")


def test_record_denial__of_a_person__is_in_the_trail_of_whoever_asked(person):
    assert record_denial(person, right="gateway.view", what="globex/production/shop")

    row = entries().get()
    assert (row.organisation, row.actor, row.name) == ("acme", "acme/ana", "globex/production/shop")
    assert row.after == {"right": "gateway.view", "status": 404}


def test_record_denial__the_same_again__is_not_written(person, django_assert_num_queries):
    record_denial(person, right="gateway.view", what="x")

    with django_assert_num_queries(0, using="default"):
        assert not record_denial(person, right="gateway.view", what="x")


def test_record_denial__a_flood__leaves_few_entries(person):
    written = sum(record_denial(person, right="gateway.view", what=f"g{n}") for n in range(50))

    assert written == entries().count() == 3


def test_record_denial__of_no_person__is_in_no_tenants_trail(db):
    assert record_denial(None, right="agent.change", what="y" * 500, actor="token:vga", status=403)

    row = entries().get()
    assert (row.organisation, row.actor, len(row.name)) == ("", "token:vga", 191)
    assert row.after["status"] == 403
