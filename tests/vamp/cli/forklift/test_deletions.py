from __future__ import annotations

import json

import pytest

from tenants.models import Deletion
from tenants.services import deletion_steps
from tenants.services.deletion_run import continue_deletion
from tests.vamp.cli.shell import shell_of
from vamp.models import AuditEntry
from vamp.ports.errors import PortUnavailable

PATH = "acme/production"


def gone_on(_seconds: float = 0) -> None:
    """What a worker does with deletions that were asked for."""
    for pk in Deletion.objects.running().values_list("pk", flat=True):
        continue_deletion(pk)


@pytest.fixture
def away(monkeypatch):
    """A key-value store that does not answer any more."""

    def refused(environment):
        raise PortUnavailable("the key-value store")

    monkeypatch.setattr(deletion_steps, "kv_for", refused)


@pytest.fixture
def waiting(root, away):
    """A shell of a platform administrator; the deletion of its environment waits for a store."""
    root.vamp("delete", "environment", "production", "-y")
    gone_on()
    return root


def test_show__deletion_that_waits__tells_each_step_and_what_to_do(waiting):
    ran = waiting.forklift("show", "deletion", PATH)

    assert ran.exit == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "deletion of acme/production: 2 of 8 steps are over"
    assert lines[1].startswith("asked for by root, ")
    assert "done      stop: discovery, releases and publication end" in lines
    assert "waiting   keys: entries of the key-value store are removed" in lines
    assert "          waits for: the key-value store" in ran.out
    assert f"forklift skip deletion-step {PATH} keys" in ran.out
    assert "next      events: events are removed from the stream" in lines


def test_show__for_programs__is_what_the_api_says(waiting):
    told = json.loads(waiting.forklift("show", "deletion", PATH, "-o", "json").out)

    assert [each["name"] for each in told["steps"] if each["may_be_skipped"]] == ["keys"]
    assert waiting.forklift("show", "deletion", PATH, "-o", "name").out == f"deletion/{PATH}\n"
    assert "waits_for: " in waiting.forklift("show", "deletions", PATH, "-o", "yaml").out


def test_show__on_a_terminal__keeps_to_its_width(waiting):
    waiting.is_terminal = True
    waiting.environ["NO_COLOR"] = "1"

    out = waiting.forklift("show", "deletion", PATH).out

    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_skip__step_typed__is_left_out_and_the_deletion_goes_on(waiting, monkeypatch):
    waiting.is_terminal = True

    wrong = waiting.forklift("skip", "deletion-step", PATH, "keys", stdin="key\n")
    right = waiting.forklift("skip", "deletion-step", PATH, "keys", stdin="keys\n")

    assert wrong.exit == 2
    assert "  waits for: the key-value store" in wrong.err
    assert "nothing was left out" in wrong.err
    assert right.exit == 0, right.err
    assert right.out.startswith("step keys of the deletion of acme/production is left out: ")
    assert Deletion.objects.get().steps_skipped == ["keys"]
    assert AuditEntry.objects.using("default").filter(verb="environment.step_skipped").count() == 1


def test_skip__what_it_left__is_told_by_the_record(waiting, monkeypatch):
    skipped = waiting.forklift("skip", "deletion-step", PATH, "keys", "--yes")
    secrets = waiting.forklift("skip", "deletion-step", PATH, "secrets", "--yes")
    waiting.on_sleep = gone_on

    ran = waiting.forklift("show", "deletion", PATH, "--wait")

    assert (skipped.exit, secrets.exit) == (0, 0), skipped.err + secrets.err
    assert ran.exit == 0, ran.err
    assert "stays: step keys was left out: what it would have removed is still there" in ran.out
    assert "skipped   keys: " in ran.out
    assert ", over 20" in ran.out.splitlines()[1]
    assert waiting.forklift("skip", "deletion-step", PATH, "keys", "-y").exit == 3


def test_show__waited_for__tells_steps_as_they_end_and_ends_with_7_in_vain(waiting):
    ran = waiting.forklift("show", "deletion", PATH, "--wait", "--timeout", "1s")

    assert ran.exit == 7
    assert "done      tokens and keys of agents are revoked\n" in ran.err
    assert "is not over within 1 s: the key-value store" in ran.err


def test_skip__nobody_to_ask_or_no_such_step__is_wrong_usage(waiting):
    unasked = waiting.forklift("skip", "deletion-step", PATH, "keys")
    unknown = waiting.forklift("skip", "deletion-step", PATH, "cellar", "-y")

    assert (unasked.exit, unknown.exit) == (2, 2)
    assert "give --yes" in unasked.err
    assert "there are: stop, access, keys" in unknown.err
    assert waiting.forklift("skip", "deletion-step", "a/b/c", "keys", "-y").exit == 2


def test_skip__what_the_server_does_not_leave_out__is_refused(waiting):
    done = waiting.forklift("skip", "deletion-step", PATH, "access", "-y")
    never = waiting.forklift("skip", "deletion-step", PATH, "stop", "-y")

    assert done.exit == 5
    assert "skip: step access is done already" in done.err
    assert never.exit == 1
    assert "cannot be left out; one of " in never.err


def test_show__organisation__waits_until_it_is_gone(root):
    root.forklift("delete", "organisation", "acme", "-y")
    shown = root.forklift("show", "deletion", "acme")
    root.on_sleep = gone_on

    ran = root.forklift("show", "deletion", "acme", "--wait")

    assert shown.out.splitlines()[2] == "next      environments: its environments are deleted"
    assert ran.out.startswith("organisation acme deleted"), ran.err
    assert root.forklift("show", "deletion", "acme").exit == 3


def test_deletion__that_there_is_not_or_not_for_everybody__is_refused(root, member, tmp_path):
    missing = root.forklift("show", "deletion", PATH)
    bare = root.forklift("show", "deletion", "production")

    assert (missing.exit, bare.exit) == (3, 3)
    assert "no deletion of acme/production is known" in missing.err
    assert "an environment is written ORGANISATION/ENVIRONMENT" in bare.err
    root.vamp("delete", "environment", "production", "-y")
    mine = shell_of(tmp_path, member)
    assert mine.forklift("show", "deletion", PATH).exit == 0
    assert mine.forklift("skip", "deletion-step", PATH, "keys", "-y").exit == 4
