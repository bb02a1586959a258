from __future__ import annotations

import json

import pytest

from policies.domain.intervention import Action
from policies.models import Release
from tests.vamp.cli.things import BOTH
from vamp.cli.commands.releases import ACTIONS, news, picture


@pytest.fixture
def started(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    ran = shell.vamp("release", "start", "shop", "1.1.0")
    assert ran.out == "release shop/1 started: 1.0.0 to 1.1.0\n", ran.err
    return shell


def test_actions__of_the_api__have_a_command_each():
    assert ACTIONS.keys() == {action.value for action in Action}


def test_start__dry_run__starts_nothing(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    ran = shell.vamp("release", "start", "shop", "1.1.0", "--dry-run")

    assert "would be started" in ran.out
    assert shell.vamp("release", "list", "-o", "name").out == ""


def test_start__second_on_a_gateway__is_in_conflict(started):
    assert started.vamp("release", "start", "shop", "1.1.0").exit == 5


def test_list__open_or_of_a_gateway__is_narrowed(started):
    assert started.vamp("release", "list", "--open", "-o", "name").out == "release/shop/1\n"
    assert (
        started.vamp("release", "list", "--gateway", "shop", "-o", "name").out == "release/shop/1\n"
    )
    assert (
        started.vamp("release", "show", "shop/1").out == started.vamp("release", "show", "shop").out
    )


def test_steering__pause_resume_abort__are_the_releases(started):
    assert "paused" in started.vamp("release", "pause", "shop", "--reason", "lunch").out
    assert "running" in started.vamp("release", "resume", "shop/1").out
    assert "rolling back" in started.vamp("release", "abort", "shop").out
    assert started.vamp("release", "approve", "shop").exit == 5
    assert started.vamp("release", "pause", "none").exit == 3


def test_steering__in_another_step__is_refused(started):
    assert started.vamp("release", "skip", "shop", "--step", "2").exit == 5


@pytest.mark.parametrize(("status", "code"), [("succeeded", 0), ("rolled_back", 7), ("aborted", 7)])
def test_watch__until_it_is_over__ends_by_its_outcome(started, status, code):
    def over(_: float) -> None:
        Release.objects.using("default").update(status=status, active=None, reason="so it is")

    started.on_sleep = over
    ran = started.vamp("release", "watch", "shop", "--timeout", "1m")

    assert ran.exit == code, ran.all
    assert "shop/1 1.0.0 to 1.1.0: running, step 1 of 2" in ran.out
    assert ("so it is" in ran.err) is (code == 7)


def test_watch__time_over__ends_with_7(started):
    ran = started.vamp("release", "watch", "shop", "--timeout", "2s")

    assert ran.exit == 7
    assert "not over within 2 s" in ran.err


def test_watch__on_a_terminal__draws_the_plan(started):
    started.is_terminal = True

    out = started.vamp("release", "watch", "shop", "--timeout", "1s").out

    assert "[>] 1." in out
    assert "[ ] 2." in out


def test_watch__for_programs__prints_the_release_once(started):
    ran = started.vamp("release", "watch", "shop", "--timeout", "2s", "-o", "json")

    assert json.loads(ran.out)["number"] == 1


RELEASE = {
    "gateway": "shop", "number": 1, "source_version": "1", "target_version": "2", "status": "running",
    "step": 1, "is_over": False, "reason": "\x1b[2J", "split": {"a": "90%", "b": "10%"},
    "evaluations": [{"step": 1, "condition": "c", "sentence": "0.01 <= 0.05"}],
    "decisions": [{"at": "t", "step": 1, "status": "running", "sentence": "begun"}],
    "steps": [
        {"number": 1, "state": "current", "name": "first", "target_weight": "10%",
         "conditions": [{"name": "c", "lacking": ""}]},
    ],
}  # fmt: skip


def test_picture__of_a_release__tells_the_evidence_and_is_harmless():
    lines = picture(RELEASE)

    assert "c: 0.01 <= 0.05" in lines[2]
    assert "\x1b" not in "".join(lines)


def test_news__between_two_looks__are_what_was_decided():
    later = {
        **RELEASE,
        "decisions": [*RELEASE["decisions"], {**RELEASE["decisions"][0], "sentence": "on"}],
    }

    assert news(RELEASE, RELEASE) == []
    assert news(RELEASE, later) == ["t step 1: running: on"]
    assert news(RELEASE, {**RELEASE, "step": 2})[0].startswith("shop/1")
