from __future__ import annotations

import json

import pytest

from tenants.models import SetupRun
from tenants.services.setup import running
from tenants.services.setup.running import FAILED, RUNNING, StepState, work_off
from tenants.services.setup.steps import STEPS
from tests.vamp.cli.shell import shell_of
from vamp.cli.forklift.setting_up import line_of
from vamp.cli.forklift.setting_up import told as told_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "dedicated"])
"""Each system is asked in a thread of its own, which sees what was committed."""


@pytest.fixture
def worked(root, environment):
    """A shell of a platform administrator; while it waits, a worker works."""

    def work(_seconds: float) -> None:
        for run in SetupRun.objects.filter(begun_at=None):
            work_off(environment, run.number)

    root.on_sleep = work
    return root


def test_set_up__waited_for__tells_each_step_and_what_is_left_to_people(worked):
    ran = worked.forklift("set-up", "environment", "production", "--wait")

    assert ran.exit == 0, ran.err
    assert ran.out == (
        "environment production is set up, but for what is left to you: scheduler, token\n"
    )
    told = ran.err.splitlines()
    assert len(told) == len(STEPS)
    database = told[0].removeprefix("done      SQL database is migrated: ")
    assert database.startswith(("SQLite ", "MariaDB ", "MySQL "))
    assert "by hand   Agents can log in to the API; " in told[-1]
    assert "; mend: " in told[-1]


def test_set_up__not_waited_for__has_begun_and_is_shown_while_it_is_under_way(root):
    begun = root.forklift("set-up", "environment", "production")
    again = root.forklift("setup", "environment", "production")
    shown = root.forklift("show", "set-up", "production")

    assert begun.out == "the set-up of environment production has begun\n", begun.err
    assert again.exit == 5
    assert "under way" in again.err
    assert shown.out.splitlines()[1].startswith("last run by root, begun ")
    assert shown.out.splitlines()[1].endswith(", under way")
    assert shown.out.splitlines()[2] == "waiting   SQL database is migrated"
    assert root.forklift("show", "setup", "production", "-o", "name").out == "set-up/production\n"


def test_set_up__steps_that_end_one_by_one__are_told_one_by_one(root, environment):
    moments = iter([("database", RUNNING), ("database", "done"), ("kv", "done")])
    told = []

    def work(_seconds: float) -> None:
        step = next(moments, None)
        run = SetupRun.objects.get()
        told.append(dict(run.steps))
        if step is None:
            work_off(environment, run.number)
        else:
            running._note(environment, run.number, StepState(step[0], "", step[1]))

    root.on_sleep = work
    ran = root.forklift("set-up", "environment", "production", "--wait", "-o", "json")

    assert len(told) == 4
    assert len(ran.err.splitlines()) == len(STEPS)
    assert ran.err.splitlines()[0] == "done      SQL database is migrated"
    assert json.loads(ran.out)["ended_at"]


def test_set_up__a_step_fails__ends_with_7_and_says_how_to_mend_it(
    worked, environment, monkeypatch
):
    monkeypatch.setattr(
        running, "_done",
        lambda environment, step: StepState(step.name, step.title, FAILED, "it is away", "start it"),
    )  # fmt: skip

    ran = worked.forklift("set-up", "environment", "production", "--wait")
    shown = worked.forklift("show", "set-up", "production")

    assert ran.exit == 7
    assert ran.out == ""
    assert (
        "failed    Key-value store holds the configuration; it is away; mend: start it" in ran.err
    )
    assert "failed at: kv, scheduler, token; mend it" in ran.err
    assert "          mend: start it\n" in shown.out
    assert worked.forklift("show", "set-up", "production", "--wait").exit == 7
    again = worked.forklift("set-up", "environment", "production", "--wait", "-o", "json")
    assert again.exit == 7
    assert json.loads(again.out)["is_done"] is False


def test_set_up__not_over_in_time__ends_with_7_and_goes_on(root):
    ran = root.forklift("set-up", "environment", "production", "--wait", "--timeout", "1s")

    assert ran.exit == 7
    assert "the set-up of environment production is not over within 1 s" in ran.err
    assert SetupRun.objects.get().is_under_way


def test_set_up__rehearsed__tells_what_is_missing_and_asks_for_nothing(root):
    ran = root.forklift("set-up", "environment", "production", "--dry-run")

    assert ran.out.startswith("would be done: "), ran.err
    assert "token" in ran.out
    named = root.forklift("set-up", "environment", "production", "--dry-run", "-o", "name")
    assert named.out == "set-up/production\n"
    assert not SetupRun.objects.exists()


def test_set_up__by_a_member_or_of_what_is_not_there__is_refused(root, nobody, member, tmp_path):
    mine = shell_of(tmp_path, member)

    assert mine.forklift("set-up", "environment", "production").exit == 4
    assert mine.forklift("show", "set-up", "production").exit == 0
    assert root.forklift("set-up", "environment", "none").exit == 3
    assert nobody.forklift("show", "set-up", "production").exit == 4


def test_set_up__kubeconfig_without_a_cluster__is_refused_and_not_repeated(root):
    ran = root.forklift(
        "set-up", "environment", "production", "--kubeconfig", "-", stdin="token: hunter2"
    )

    assert ran.exit == 1
    assert "hunter2" not in ran.all
    assert not SetupRun.objects.exists()


def test_show__manifest__is_printed_for_kubectl_alone(root, environment):
    without = root.forklift("show", "set-up", "production", "--manifest")
    environment.scheduler_url, environment.namespace = "kubernetes://k8s.acme.test", "shop"
    environment.save()

    ran = root.forklift("show", "set-up", "production", "--manifest")

    assert without.exit == 3
    assert "kind: Namespace" in ran.out or '"kind": "Namespace"' in ran.out
    assert ran.err == ""


def test_show__on_a_terminal__keeps_to_its_width_and_has_colour_unless_refused(root):
    root.is_terminal = True

    coloured = root.forklift("show", "set-up", "production")
    root.environ["NO_COLOR"] = "1"
    plain = root.forklift("show", "set-up", "production")

    assert "\x1b[32mdone      \x1b[0m" in coloured.out
    assert "\x1b" not in plain.out
    assert max(map(len, plain.out.splitlines())) <= 80


def test_told__of_a_run_whose_worker_is_gone__says_that():
    row = {
        "steps": [], "asked_at": "2026-03-01T12:00:07Z", "asked_by": "root", "ended_at": None,
        "is_under_way": False, "is_done": False,
    }  # fmt: skip

    assert told_of("prod", row)[1].endswith("begun 2026-03-01 12:00:07, lost: ask for another")


def test_line__of_a_step_that_waits__says_for_what():
    step = {"state": "waiting", "title": "It is there", "message": "it: away", "hint": "start it"}

    assert line_of(step).more == ["waits for: it: away", "mend: start it"]
