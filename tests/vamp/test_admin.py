"""The core's lists: whose rows they show, and in which words."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests.factories import audit_entry_in, dead_letter_in, environment_in, event_in
from vamp.models import AuditEntry, DeadLetter, Lease, OutboxEvent, RollupRow, StreamCursor


def asked_by(user):
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    return request


def rows(model, user):
    return list(admin.site._registry[model].get_queryset(asked_by(user)))


@pytest.mark.parametrize(
    ("model", "make"),
    [(AuditEntry, audit_entry_in), (OutboxEvent, event_in), (DeadLetter, dead_letter_in)],
)
def test_rows__two_tenants_and_two_environments__are_the_chosen_ones(
    model, make, environment, person
):
    make(environment_in(environment.database, organisation="globex"))
    make(environment_in(environment.database, name="staging"))
    mine = make(environment)

    assert mine in rows(model, person)
    assert {(row.organisation, row.environment) for row in rows(model, person)} <= {
        ("acme", "production"),
        ("acme", ""),
    }


def test_rows__nobody_chose_an_environment__there_are_none(platform_administrator):
    assert rows(AuditEntry, platform_administrator) == []


def test_leases__member__may_not_even_look(environment, person, client):
    client.force_login(person)

    assert client.get(reverse("admin:vamp_lease_changelist")).status_code == 403
    assert rows(Lease, person) == []


def test_installation__platform_administrator__sees_the_chosen_database(
    environment, platform_administrator, client
):
    using = environment.database
    Lease.objects.using(using).create(name="relay", holder="p1", expires_at=timezone.now())
    StreamCursor.objects.using(using).create(consumer="gateways", position=4)
    client.force_login(platform_administrator)

    for model, shown in ((Lease, "relay"), (StreamCursor, "gateways")):
        address = reverse(f"admin:vamp_{model._meta.model_name}_changelist")
        assert shown in client.get(address).content.decode()
        assert [row.pk for row in rows(model, platform_administrator)] == [shown]


def test_cells__event_and_audit_entry__speak_in_words(environment):
    site = admin.site._registry
    event = event_in(environment, "gateways.weights.changed")
    entry = audit_entry_in(environment, verb="weights.changed")

    assert site[OutboxEvent].what(event) == "Weights of shop changed"
    assert site[AuditEntry].deed(entry) == "changed the weights of shop"
    assert "2026-03-01 12:00:00 UTC" in site[AuditEntry].when(entry)


@pytest.mark.parametrize(("count", "shown"), [(4, "25 ms"), (0, "–")])
def test_cells__mean_latency__needs_requests(count, shown):
    row = RollupRow(count=count, latency_sum_ms=100.0)

    assert admin.site._registry[RollupRow].mean_latency(row) == shown
