"""How it ends is shown with real workers in tests/test_processes.py; here, that it beats."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from celery import Celery

from vamp.processes import task_consumer
from vamp.processes.liveness import Loops


@pytest.fixture
def loops(monkeypatch):
    made = Loops(lambda: made.now)
    made.now = 100.0
    monkeypatch.setattr(task_consumer, "loops", made)
    return made


@pytest.fixture
def consumer(loops):
    worker = SimpleNamespace(use_eventloop=False, pool=None)
    app = Celery("tests", broker="memory://", set_as_current=False)
    return task_consumer.Consumer(lambda message: None, app=app, pool=None, controller=worker)


def test_consumer__goes_round__beats(consumer, loops):
    loops.now += 50
    assert loops.ages() == {"broker": 50}

    consumer.perform_pending_operations()

    assert loops.ages() == {"broker": 0}


def test_consumer__waits_for_its_broker__is_not_silent(consumer, loops, monkeypatch):
    def connect(self, conn):
        loops.now += 3600
        assert loops.silent() == {}
        return conn

    monkeypatch.setattr(task_consumer.CeleryConsumer, "ensure_connected", connect)

    assert consumer.ensure_connected("connection") == "connection"
    assert loops.silent() == {}


def test_consumer__broker_with_an_event_loop__beats_from_it(consumer, loops):
    class Hub:
        def call_repeatedly(self, seconds, call):
            self.called = (seconds, call)

    hub = Hub()
    consumer.blueprint.send_all = lambda *args, **kwargs: None
    consumer.register_with_event_loop(hub)
    loops.now += 50

    hub.called[1]()

    assert loops.ages() == {"broker": 0}
    assert hub.called[0] < task_consumer.SILENT_S
