"""Signals as Celery sends them: through a task that is queued at a broker in memory, and run."""

from __future__ import annotations

import logging

import pytest
from celery import Celery
from celery.app.trace import build_tracer
from prometheus_client import REGISTRY

from vamp import log_context, task_log
from vamp.log_context import LogContext


@pytest.fixture
def app():
    made = Celery("tests", broker="memory://", set_as_current=False)
    made.conf.task_default_queue = "task-log"
    task_log.connect()
    return made


@pytest.fixture
def runs(app):
    """Contexts in which the task ran."""
    seen = []

    @app.task(name="tests.work", ignore_result=True, shared=False)
    def work(is_well):
        seen.append(log_context.current())
        if not is_well:
            raise ValueError("unwell")

    app.finalize()
    return seen


def run_what_was_queued(app):
    """Take one task from the broker and run it as a worker does."""
    with app.connection_for_read() as connection:
        message = connection.default_channel.basic_get("task-log", no_ack=True)
    message = message or pytest.fail("nothing was queued")
    args, kwargs, _ = message.payload
    task = app.tasks["tests.work"]
    tracer = build_tracer(task.name, task, app=app)
    tracer(message.headers["id"], args, kwargs, dict(message.headers))


def queue(app, is_well):
    with app.connection_for_write() as connection:
        app.tasks["tests.work"].apply_async((is_well,), connection=connection)


def outcome(name):
    labels = {"task": "tests.work", "outcome": name}
    return REGISTRY.get_sample_value("vamp_tasks_total", labels) or 0.0


def test_task__queued_within_a_context__runs_and_ends_in_it(app, runs, caplog):
    with log_context.bound(request_id="r-1", event_id="default:7", actor="acme/ana"):
        queue(app, True)
    before, waits = outcome("success"), sample("vamp_task_wait_seconds_count")

    with caplog.at_level(logging.DEBUG, logger="vamp.tasks"):
        run_what_was_queued(app)

    (seen,) = runs
    assert (seen.request_id, seen.event_id, seen.actor) == ("r-1", "default:7", "acme/ana")
    assert seen.task_id
    assert log_context.current() == log_context.NOTHING
    (ended,) = [each for each in caplog.records if each.getMessage() == "task.ended"]
    assert (ended.levelno, ended.task, ended.outcome) == (logging.INFO, "tests.work", "success")
    assert outcome("success") == before + 1
    assert sample("vamp_task_wait_seconds_count") == waits + 1


def sample(name):
    return REGISTRY.get_sample_value(name, {"task": "tests.work"}) or 0.0


def test_task__queued_by_the_schedule__is_told_quietly(app, runs, caplog):
    queue(app, True)

    with caplog.at_level(logging.DEBUG, logger="vamp.tasks"):
        run_what_was_queued(app)

    assert runs == [LogContext(task_id=runs[0].task_id)]
    (ended,) = [each for each in caplog.records if each.getMessage() == "task.ended"]
    assert ended.levelno == logging.DEBUG


def test_task__fails__is_counted_and_told_loudly(app, runs, caplog):
    queue(app, False)
    before = outcome("failure")

    with caplog.at_level(logging.DEBUG, logger="vamp.tasks"):
        run_what_was_queued(app)

    assert outcome("failure") == before + 1
    (ended,) = [each for each in caplog.records if each.getMessage() == "task.ended"]
    assert (ended.levelno, ended.outcome) == (logging.INFO, "failure")


def test_on_begin__task_runs__is_called_before_and_after(app, runs, monkeypatch):
    told = []
    monkeypatch.setattr(task_log, "_on_begin", None)

    def watch(name, limit_s):
        told.append((name, limit_s, len(runs)))
        return lambda: told.append(("ended", len(runs)))

    task_log.on_begin(watch)
    queue(app, True)
    run_what_was_queued(app)

    assert told == [("tests.work", None, 0), ("ended", 1)]
