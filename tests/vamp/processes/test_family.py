"""Real forks and real programs; nothing here needs a database."""

from __future__ import annotations

import logging
import os
import signal
import stat
import time
from pathlib import Path

import pytest

from vamp import leases
from vamp.processes import family as family_module
from vamp.processes.family import Family, Part


@pytest.fixture
def family(tmp_path):
    made = Family(tmp_path / "logs")
    yield made
    made.end()


def until(is_so, within_s=10.0):
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def logged(family, name):
    path = family.log_of(name)
    return path.read_text() if path.exists() else ""


def say(text):
    os.write(1, text.encode())


def lives(pid):
    """Tell whether a process runs; one that ended and was not waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def say_what_is_asked():
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda asked, frame: (say(f" asked for {asked}"), os._exit(0)))
    say("ready")
    signal.pause()


def wait_for_signals():
    say("ready")
    while True:
        signal.pause()


def test_add__python_part__runs_in_a_fork_with_a_log_of_its_own(family):
    family.add(Part("worker/one", lambda: say(f"{os.getpid()} {leases.HOLDER}")))

    until(lambda: logged(family, "worker/one"))
    pid, holder = logged(family, "worker/one").split()
    assert int(pid) == family.pids["worker/one"] != os.getpid()
    assert holder != leases.HOLDER
    assert family.log_of("worker/one").name == "worker-one.log"
    assert stat.S_IMODE(family.log_of("worker/one").stat().st_mode) == 0o600


def test_add__program__runs_with_its_variables_and_a_group_of_its_own(family):
    command = ["sh", "-c", "echo $COLOUR $HOME; exec sleep 60"]
    family.add(Part("program", command=command, environment={"COLOUR": "blue"}))

    until(lambda: logged(family, "program"))
    assert logged(family, "program").split() == ["blue", os.environ["HOME"]]
    assert os.getpgid(family.pids["program"]) == family.pids["program"]


def test_add__name_that_runs__is_not_started_twice(family):
    family.add(Part("one", wait_for_signals))
    before = family.pids

    family.add(Part("one", wait_for_signals))

    assert family.pids == before


def test_waiting__some_not_ready__names_them(family):
    family.add(Part("here", wait_for_signals))
    family.add(Part("late", wait_for_signals, is_ready=lambda pid: False))

    assert family.waiting() == ["late"]


def test_look_after__part_keeps_ending__starts_it_ever_more_slowly(family, caplog):
    family.add(Part("short", lambda: say("ran ")))

    def look():
        family.look_after()
        return len(caplog.records) >= 2

    with caplog.at_level(logging.WARNING, logger="vamp.up"):
        until(look)

    assert [record.getMessage() for record in caplog.records[:2]] == ["part.ended"] * 2
    assert [record.again_in_s for record in caplog.records[:2]] == [0.4, 0.8]
    assert logged(family, "short") == "ran ran "
    assert family.waiting() == ["short"]


@pytest.mark.parametrize(
    ("name", "seconds", "expected"), [("STEADY_S", 0.0, 0.2), ("LONGEST_PAUSE_S", 0.3, 0.3)]
)
def test_look_after__steady_part_ends_or_pause_is_longest__pause_is_bounded(
    family, caplog, monkeypatch, name, seconds, expected
):
    monkeypatch.setattr(family_module, name, seconds)
    family.add(Part("short", lambda: None))

    with caplog.at_level(logging.WARNING, logger="vamp.up"):
        until(lambda: family.look_after() or caplog.records)

    assert caplog.records[0].again_in_s == expected


def exit_with_three():
    raise SystemExit(3)


def fail():
    raise ZeroDivisionError


@pytest.mark.parametrize(("run", "status"), [(exit_with_three, 3), (fail, 1), (lambda: None, 0)])
def test_look_after__part_ended__its_exit_status_is_told(family, caplog, run, status):
    family.add(Part("short", run))

    with caplog.at_level(logging.WARNING, logger="vamp.up"):
        until(lambda: family.look_after() or caplog.records)

    assert caplog.records[0].status == status
    assert caplog.records[0].log == str(family.log_of("short"))


def complain_and_fail():
    say("one thing\n\nanother: is lacking\n \n")
    raise SystemExit(1)


def test_look_after__part_ended__its_last_line_is_told(family, caplog):
    family.add(Part("short", complain_and_fail))

    with caplog.at_level(logging.WARNING, logger="vamp.up"):
        until(lambda: family.look_after() or caplog.records)

    assert caplog.records[0].said == "another: is lacking"


def test_failing__part_ends_at_every_start__is_named_with_its_last_line(family, monkeypatch):
    monkeypatch.setattr(family_module, "LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(family_module, "STARTS_IN_VAIN", 3)
    family.add(Part("steady", wait_for_signals))
    family.add(Part("short", complain_and_fail))
    at_first = family.failing()

    until(lambda: family.look_after() or family.failing())

    assert not at_first
    assert family.failing() == {"short": "another: is lacking"}


def test_look_after__program_is_not_there__is_told_and_tried_again(family, caplog):
    family.add(Part("typo", command=["/no/such/program"]))

    with caplog.at_level(logging.WARNING, logger="vamp.up"):
        until(lambda: family.look_after() or caplog.records)

    assert caplog.records[0].status == 1


def test_end__several_parts__asks_the_last_started_first_and_leaves_none(family, monkeypatch):
    for name in ("first", "second", "third"):
        family.add(Part(name, wait_for_signals))
    pids = dict(family.pids)
    asked = []
    really = os.kill
    monkeypatch.setattr(
        family_module.os, "kill", lambda pid, number: (asked.append(pid), really(pid, number))
    )

    family.end()

    assert asked == [pids["third"], pids["second"], pids["first"]]
    assert not any(lives(pid) for pid in pids.values())
    assert family.pids == {}


def test_remove__part_runs__it_ends_and_is_not_started_again(tmp_path):
    family = Family(tmp_path / "logs", tmp_path / "pids")
    family.add(Part("one", wait_for_signals))
    until(lambda: logged(family, "one"))
    pid = family.pids["one"]

    family.remove("one")

    assert (family.pids, family.waiting()) == ({}, [])
    until(lambda: family.look_after() or not family._leaving)
    assert not lives(pid)
    assert logged(family, "one") == "ready"
    assert not list((tmp_path / "pids").iterdir())


def test_remove__name_is_added_again__starts_once_the_former_has_ended(family):
    family.add(Part("one", wait_for_signals))
    until(lambda: logged(family, "one"))
    former = family.pids["one"]

    family.remove("one")
    family.add(Part("one", lambda: (say(f" former lives: {lives(former)}"), wait_for_signals())))

    assert family.waiting() == ["one"]
    until(lambda: family.look_after() or logged(family, "one").count("ready") == 2)
    assert "former lives: False" in logged(family, "one")


def test_replace__part_that_hands_over__is_asked_to_and_the_next_starts_once_it_has_ended(family):
    family.add(Part("one", say_what_is_asked, hand_over=signal.SIGUSR1))
    until(lambda: logged(family, "one"))
    former = family.pids["one"]

    family.replace(Part("one", lambda: (say(f" lives: {lives(former)}"), wait_for_signals())))

    until(lambda: family.look_after() or logged(family, "one").count("ready") == 2)
    assert logged(family, "one") == "ready asked for 10 lives: Falseready"
    assert family.pids["one"] != former


def test_replace__nobody_of_that_name__starts_it(family):
    family.replace(Part("one", wait_for_signals))

    until(lambda: logged(family, "one"))
    assert set(family.pids) == {"one"}


def test_remove__part_ignores_being_asked__is_killed(family, monkeypatch, caplog):
    monkeypatch.setattr(family_module, "END_WAIT_S", 0.1)
    family.add(Part("deaf", ignore_being_asked))
    until(lambda: logged(family, "deaf"))
    pid = family.pids["deaf"]

    family.remove("deaf")

    until(lambda: family.look_after() or not lives(pid))
    assert {record.getMessage() for record in caplog.records} == {"part.killed"}


def test_remove__nobody_of_that_name__changes_nothing(family):
    family.remove("nobody")

    assert family.pids == {}


def ignore_being_asked():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_for_signals()


def test_end__part_ignores_being_asked__is_killed(family, monkeypatch, caplog):
    monkeypatch.setattr(family_module, "END_WAIT_S", 0.1)
    family.add(Part("deaf", ignore_being_asked))
    until(lambda: logged(family, "deaf"))
    pid = family.pids["deaf"]

    with caplog.at_level(logging.WARNING, logger="vamp.up"):
        family.end()

    assert not lives(pid)
    assert [record.getMessage() for record in caplog.records] == ["part.killed"]


def test_parent__is_killed__its_parts_end_too(tmp_path):
    parent = os.fork()
    if parent == 0:
        try:
            made = Family(tmp_path)
            made.add(Part("forked", wait_for_signals))
            made.add(Part("program", command=["sleep", "60"]))
            draft = tmp_path / "draft"
            draft.write_text(" ".join(str(pid) for pid in made.pids.values()))
            until((tmp_path / "forked.log").exists)
            draft.rename(tmp_path / "pids")
            signal.pause()
        finally:
            os._exit(1)
    until((tmp_path / "pids").exists)
    parts = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    # Its own start, up to the call that ties it to its parent, takes a part a moment.
    until(lambda: (tmp_path / "forked.log").read_text() == "ready")
    until(lambda: Path(f"/proc/{parts[1]}/comm").read_text() == "sleep\n")

    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)

    until(lambda: not any(lives(pid) for pid in parts))
