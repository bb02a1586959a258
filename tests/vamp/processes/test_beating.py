from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.conftest import DATABASES
from vamp import leases
from vamp.celery import app
from vamp.models import Lease
from vamp.processes import beating
from vamp.processes.liveness import loops

pytestmark = pytest.mark.django_db(databases=DATABASES)


class Schedule:
    """Stands in for Celery's scheduler, which would write files and queue tasks."""

    def __init__(self, stop, turns):
        self.ticks, self.is_closed, self._stop, self._turns = 0, False, stop, turns

    def tick(self):
        self.ticks += 1
        if self.ticks == self._turns:
            self._stop.set()
        if self.ticks == 2:
            raise ConnectionError("the broker is away")
        return 0.0

    def should_sync(self):
        return False

    def close(self):
        self.is_closed = True


@pytest.fixture
def stop():
    return threading.Event()


@pytest.fixture
def schedule(stop, monkeypatch):
    made = Schedule(stop, turns=3)
    monkeypatch.setattr(beating.Service, "get_scheduler", lambda self: made)
    monkeypatch.setattr(beating, "PAUSE_AFTER_ERROR_S", 0.0)
    return made


@pytest.mark.parametrize("has_lease", [True, False])
def test_run__broker_goes_away_in_between__goes_on_until_it_is_stopped(
    stop, schedule, caplog, has_lease
):
    beating.run(stop, has_lease=has_lease)

    assert (schedule.ticks, schedule.is_closed) == (3, True)
    assert [each.getMessage() for each in caplog.records] == ["beat.failed"]
    assert "beat" not in loops.ages()


def test_run__ended__has_given_its_lease_back(stop, schedule):
    beating.run(stop, has_lease=True)

    assert Lease.objects.using("default").get(name=beating.LEASE).expires_at <= timezone.now()


def test_run__another_holds_the_lease__stands_by(stop, schedule, monkeypatch):
    monkeypatch.setattr(leases, "HOLDER", "another")
    leases.acquire(beating.LEASE, using="default", seconds=60)
    monkeypatch.undo()
    waits = []
    monkeypatch.setattr(stop, "wait", lambda seconds: waits.append(seconds) or stop.set())

    beating.run(stop, has_lease=True)

    assert (schedule.ticks, waits) == (0, [beating.LONGEST_WAIT_S])
    lease = Lease.objects.using("default").get(name=beating.LEASE)
    assert lease.expires_at > timezone.now() + timedelta(seconds=30)


def test_schedule__of_ours__is_what_the_service_reads(tmp_path, monkeypatch):
    monkeypatch.setitem(app.conf, "beat_schedule_filename", str(tmp_path / "schedule"))

    scheduler = beating.Service(app).get_scheduler()

    assert {entry.task for entry in scheduler.schedule.values()} >= {"policies.tick", "vamp.prune"}
    scheduler.close()
