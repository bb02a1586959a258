"""The core's lists: whose rows they show, and in which words."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests.factories import audit_entry_in, dead_letter_in, environment_in, event_in
from vamp import celery
from vamp.models import (
    AuditEntry,
    DeadLetter,
    DeadTask,
    Lease,
    OutboxEvent,
    RollupRow,
    StreamCursor,
)


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


@pytest.fixture
def failed_task(environment):
    return DeadTask.objects.using("default").create(
        key="k", task="tests.odd", args=[7], task_id="m1", queue="vamp.slow", failures=2,
        error="ValueError: no", last_at=timezone.now(),
    )  # fmt: skip


FAILED_TASKS = "admin:vamp_deadtask_changelist"


def said_of_tasks(actor):
    entries = AuditEntry.objects.using("default").filter(kind="task", actor=actor.login)
    return list(entries.values_list("verb", flat=True))


def acted(client, action, row):
    form = {"action": action, "_selected_action": [row.pk], "index": 0}
    return client.post(reverse(FAILED_TASKS), form)


def test_failed_tasks__platform_administrator__sees_what_failed_and_not_what_merely_came_back(
    failed_task, platform_administrator, client
):
    DeadTask.objects.using("default").create(
        key="other", task="tests.restarted", task_id="m2", deliveries=1, last_at=timezone.now()
    )
    client.force_login(platform_administrator)

    page = client.get(reverse(FAILED_TASKS)).content.decode()

    assert "tests.odd" in page
    assert "ValueError: no" in page
    assert "tests.restarted" not in page


def test_failed_tasks__done_again__are_queued_where_they_were_and_gone(
    failed_task, platform_administrator, client
):
    client.force_login(platform_administrator)

    assert acted(client, "send_again", failed_task).status_code == 302

    assert not DeadTask.objects.using("default").exists()
    assert said_of_tasks(platform_administrator) == ["task.sent_again"]
    with celery.app.connection_for_read() as connection:
        found = connection.SimpleQueue("vamp.slow").get(timeout=5)
        found.ack()
    assert (found.headers["task"], found.decode()[0]) == ("tests.odd", [7])


def test_failed_tasks__dropped__are_gone_and_nothing_is_queued(
    failed_task, platform_administrator, client
):
    client.force_login(platform_administrator)

    acted(client, "drop", failed_task)

    assert not DeadTask.objects.using("default").exists()
    assert said_of_tasks(platform_administrator) == ["task.dropped"]


def test_failed_tasks__member__may_neither_look_nor_act(failed_task, person, client):
    client.force_login(person)

    assert client.get(reverse(FAILED_TASKS)).status_code == 403
    assert acted(client, "drop", failed_task).status_code == 403
    assert DeadTask.objects.using("default").exists()
