from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tenants.collectors import WaitingKeyEnds
from tenants.models import EventsKeyEnd


def end_of(token, environment, **fields):
    return EventsKeyEnd.objects.create(
        token_id=token, token_name=f"vga-{token}", **environment.names,
        **{"due_at": timezone.now(), "environment_id": environment.pk, **fields},
    )  # fmt: skip


def test_waiting_key_ends__due_ones__are_counted_by_environment(environment, other_environment):
    for token in (1, 2):
        end_of(token, environment)
    end_of(3, other_environment)
    end_of(4, environment, due_at=timezone.now() + timedelta(hours=1))

    (metric,) = WaitingKeyEnds().collect()

    assert {tuple(each.labels.values()): each.value for each in metric.samples} == {
        ("acme", "production"): 2.0,
        ("globex", "production"): 1.0,
    }


def test_waiting_key_ends__registered__asks_no_database():
    (metric,) = WaitingKeyEnds().describe()  # a query would fail: this test has no database

    assert (metric.name, metric.samples) == ("vamp_events_keys_to_end", [])
