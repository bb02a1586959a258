from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vamp.drivers.scheduler.local.definition import Workload
from vamp.drivers.scheduler.local.instance import Instance
from vamp.drivers.scheduler.local.processes import HeldProcess, ProcessId, send
from vamp.drivers.scheduler.local.wakeups import Wakeups


@pytest.fixture
def wakeups() -> Iterator[Wakeups]:
    with Wakeups() as opened:
        yield opened


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Instance]:
    variables = {"PATH": os.environ["PATH"]}
    held = HeldProcess(
        ["sleep", "60"], variables=variables, directory=tmp_path, log=tmp_path / "log"
    )
    held.go()
    instance = Instance("a", Workload("shop", "1"), "f", 1, datetime(2026, 1, 1, tzinfo=UTC))
    instance.process, instance.held = held.id, held
    yield instance
    send(held.id, signal.SIGKILL)
    held.reap()


def test_wait__nothing_happens__ends_in_time(wakeups: Wakeups) -> None:
    begun = time.monotonic()

    assert wakeups.wait(0.02) == []
    assert wakeups.wait(-1) == []
    assert time.monotonic() - begun >= 0.015


def test_wait__woken_from_another_thread__ends_at_once(wakeups: Wakeups) -> None:
    timer = threading.Timer(0.02, wakeups.wake)
    timer.start()
    begun = time.monotonic()

    wakeups.wait(30)
    timer.join()

    assert time.monotonic() - begun < 5


def test_wake__very_often__never_blocks_and_is_over_after_one_wait(wakeups: Wakeups) -> None:
    for _ in range(100_000):
        wakeups.wake()

    wakeups.wait(0)
    begun = time.monotonic()
    wakeups.wait(0.02)

    assert time.monotonic() - begun >= 0.015


def test_wait__process_ends__names_it_once(wakeups: Wakeups, sleeper: Instance) -> None:
    assert sleeper.process is not None
    wakeups.listen_to([sleeper])
    assert wakeups.wait(0) == []

    send(sleeper.process, signal.SIGKILL)

    assert wakeups.wait(10) == [("a", sleeper.process)]
    assert wakeups.wait(0) == []


def test_listen_to__no_longer_there__is_not_listened_to(
    wakeups: Wakeups, sleeper: Instance
) -> None:
    assert sleeper.process is not None
    wakeups.listen_to([sleeper])
    wakeups.listen_to([])

    send(sleeper.process, signal.SIGKILL)

    assert wakeups.wait(0.05) == []


def test_listen_to__pid_is_gone_or_anothers__counts_as_ended(
    wakeups: Wakeups, sleeper: Instance
) -> None:
    assert sleeper.process is not None
    stale = ProcessId(sleeper.process.pid, sleeper.process.started - 1)
    gone = Instance("b", sleeper.workload, "f", 1, sleeper.since, process=ProcessId(2**22 + 1, 1))
    instance = Instance("c", sleeper.workload, "f", 1, sleeper.since, process=stale)
    wakeups.listen_to([gone, instance])

    assert {uid for uid, _ in wakeups.wait(1)} == {"b", "c"}


def test_probes__handed_over__come_in_order_once(wakeups: Wakeups) -> None:
    process = ProcessId(1, 1)
    wakeups.probed("a", process, "no")
    wakeups.probed("a", process, "")

    assert [failure for _, _, failure in wakeups.probes()] == ["no", ""]
    assert list(wakeups.probes()) == []
