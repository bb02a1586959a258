from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.models import SetupRun
from tenants.services.setup import running
from tenants.services.setup.running import (
    StepState,
    forget_run,
    request_setup,
    run_of,
    run_steps,
    states_of,
    waiting_runs,
    work_off,
)
from tenants.services.setup.steps import ByHand
from tests.factories import ACTOR
from vamp.errors import Conflict
from vamp.models import AuditEntry, OutboxEvent
from vamp.ports.checks import Check
from vamp.ports.errors import PortRefused


class Scripted:
    """A step that a test plays: undone until `do` ran, which raises `error` if there is one."""

    title = "It is there"

    def __init__(self, name, error=None):
        self.name, self.error, self.is_done, self.tries = name, error, False, 0

    def look(self, environment):
        check = Check("it", "1.0")
        if self.is_done:
            check.good("is there")
        else:
            check.unprepared("is there", "it is not", "run the set-up")
        return check.done()

    def do(self, environment):
        self.tries += 1
        if self.error is not None:
            raise self.error
        self.is_done = True


@pytest.fixture
def played(monkeypatch):
    def play(*steps):
        monkeypatch.setattr(running, "STEPS", steps)
        return steps

    return play


def test_run__one_step_fails__the_others_are_done_and_it_says_why(environment, played):
    played(Scripted("a"), Scripted("b", PortRefused("may not")), Scripted("c", ByHand("do it")),
           Scripted("d", RuntimeError("redis://:hunter2@h")), Scripted("e"))  # fmt: skip
    told = []

    ended = run_steps(environment, told.append)

    assert [each.state for each in ended] == ["done", "failed", "by hand", "failed", "done"]
    assert ended[1].message == "may not"
    assert ended[2].hint == "do it"
    assert "hunter2" not in str(ended)
    assert [each.state for each in told[:2]] == ["running", "done"]


def test_run__again__does_only_what_is_not_done(environment, played):
    (first, second) = played(Scripted("a"), Scripted("b", PortRefused("may not")))
    run_steps(environment, lambda state: None)
    second.error = None

    ended = run_steps(environment, lambda state: None)

    assert [each.state for each in ended] == ["done", "done"]
    assert (first.tries, second.tries) == (1, 2)


def test_request__of_a_run__is_audited_and_wakes_a_worker(environment):
    run = request_setup(environment, actor=ACTOR)

    assert run.number == 1
    assert AuditEntry.objects.using("default").filter(verb="environment.setup_requested").exists()
    (event,) = OutboxEvent.objects.using("default").filter(subject__endswith="setup.requested")
    assert event.payload["number"] == 1


def test_request__while_one_is_under_way__is_a_conflict_until_it_is_stale(environment):
    request_setup(environment, actor=ACTOR)

    with pytest.raises(Conflict):
        request_setup(environment, actor=ACTOR)

    SetupRun.objects.update(asked_at=timezone.now() - timedelta(hours=1))
    assert request_setup(environment, actor=ACTOR).number == 2


def test_work_off__twice__is_done_once_and_told_step_by_step(environment, played):
    (step,) = played(Scripted("a"))
    run = request_setup(environment, actor=ACTOR)

    first, again = (work_off(environment, run.number) for _ in range(2))

    assert (first, again) == (True, False)
    assert step.tries == 1
    kept = run_of(environment)
    assert kept.ended_at is not None
    assert kept.steps["a"]["state"] == "done"
    changed = OutboxEvent.objects.using("default").filter(subject__endswith="setup.changed")
    assert changed.count() == 3


def test_states__under_way__are_what_the_run_tells(environment, played):
    played(Scripted("a"), Scripted("b"))
    run = request_setup(environment, actor=ACTOR)
    running._note(environment, run.number, StepState("a", "It is there", "running"))

    states = states_of(environment, run_of(environment))

    assert [each.state for each in states] == ["running", "waiting"]


def test_states__after_the_run__are_asked_of_the_systems(environment, played):
    first, second = played(Scripted("a"), Scripted("b", PortRefused("may not")))
    work_off(environment, request_setup(environment, actor=ACTOR).number)
    first.is_done = False

    states = states_of(environment, run_of(environment))

    assert [each.state for each in states] == ["waiting", "failed"]
    assert states[1].message == "may not"
    second.is_done = True
    assert states_of(environment, run_of(environment))[1].state == "done"


def test_waiting_runs__whose_message_was_lost__are_found(environment):
    run = request_setup(environment, actor=ACTOR)
    assert list(waiting_runs()) == []

    SetupRun.objects.update(asked_at=timezone.now() - timedelta(minutes=1))

    assert list(waiting_runs()) == [(environment.pk, run.number)]


def test_forget_run__of_an_environment__leaves_none(environment):
    request_setup(environment, actor=ACTOR)

    forget_run(environment)

    assert run_of(environment) is None


def test_run__of_a_new_environment__leaves_to_a_person_what_only_one_can_do(environment):
    ended = {each.name: each.state for each in run_steps(environment, lambda state: None)}

    assert ended == {
        "database": "done", "kv": "done", "access": "done", "events": "done", "metrics": "done",
        "scheduler": "by hand", "token": "by hand",
    }  # fmt: skip
