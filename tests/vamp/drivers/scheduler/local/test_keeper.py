"""The life of an instance, with the time as an argument and real processes where there is one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vamp.drivers.clock.settable import SettableClock
from vamp.drivers.scheduler.local.definition import Readiness, Workload
from vamp.drivers.scheduler.local.instance import Instance, Phase
from vamp.drivers.scheduler.local.keeper import Keeper, refresh
from vamp.drivers.scheduler.local.logs import LOGS
from vamp.drivers.scheduler.local.processes import send

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLEEPER = Workload(
    "shop", "1", command=("sleep", "60"), readiness=Readiness(failures=2), drain_s=5, grace_s=10
)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOON)


@pytest.fixture
def keeper(tmp_path: Path, clock: SettableClock) -> Iterator[Keeper]:
    (tmp_path / LOGS).mkdir()
    keeper = Keeper(tmp_path, clock, range(26_000, 26_100))
    yield keeper
    for instance in keeper.instances.values():
        if instance.process is not None and instance.held is not None:
            send(instance.process, signal.SIGKILL)
            instance.held.reap()


def running(keeper: Keeper, workload: Workload = SLEEPER) -> Instance:
    instance = keeper.start(workload, "f", 0.0)
    for launched in keeper.step(0.0):
        assert launched.held is not None
        launched.held.go()
    return instance


def probed(keeper: Keeper, instance: Instance, failure: str, now_s: float) -> None:
    assert instance.process is not None
    keeper.probed(instance.uid, instance.process, failure, now_s)


def test_start__two_instances__get_different_ports_and_names(keeper: Keeper) -> None:
    one, other = running(keeper), running(keeper)

    assert one.uid != other.uid
    assert one.port != other.port
    assert {one.port, other.port} <= set(range(26_000, 26_100))


def test_probed__first_success__makes_it_ready(keeper: Keeper, clock: SettableClock) -> None:
    instance = running(keeper)
    assert [one.uid for one in keeper.to_probe(0.0)] == [instance.uid]
    assert not list(keeper.to_probe(0.0))
    clock.advance(timedelta(seconds=1))

    probed(keeper, instance, "", 1.0)

    assert (instance.is_ready, instance.reason) == (True, "")
    assert instance.since == NOON + timedelta(seconds=1)
    assert not list(keeper.to_probe(1.5))
    assert list(keeper.to_probe(2.0))


def test_probed__failing__turns_unready_only_after_so_many_in_a_row(keeper: Keeper) -> None:
    instance = running(keeper)
    outcomes = []
    for second, failure in enumerate(["", "no", "", "no", "no", ""], start=1):
        probed(keeper, instance, failure, float(second))
        outcomes.append(instance.is_ready)

    assert outcomes == [True, True, True, True, False, True]


def test_probed__not_ready_for_a_while_after_start__tells_why(keeper: Keeper) -> None:
    instance = running(keeper)

    probed(keeper, instance, "nothing listens", 0.5)
    assert instance.reason == "starting"
    probed(keeper, instance, "nothing listens", 3.0)

    assert instance.reason == "nothing listens"


def test_probed__answer_for_a_process_that_ended__is_dropped(keeper: Keeper) -> None:
    instance = running(keeper)
    process = instance.process
    assert process is not None
    send(process, signal.SIGKILL)
    keeper.ended(instance.uid, 1.0, is_current=True)

    keeper.probed(instance.uid, process, "", 1.0)

    assert not instance.is_ready


def test_ended__current__starts_again_after_a_pause_that_grows(keeper: Keeper) -> None:
    instance = running(keeper)
    reasons = []
    for now_s in (1.0, 10.0, 20.0):
        assert instance.process is not None
        send(instance.process, signal.SIGKILL)
        keeper.ended(instance.uid, now_s, is_current=True)
        reasons.append(instance.reason)
        assert not keeper.step(instance.due_at - 0.01)
        (launched,) = keeper.step(instance.due_at)
        assert launched.held is not None
        launched.held.go()

    assert reasons == [
        "ended by SIGKILL; starts again after 0.5 s",
        "ended by SIGKILL; crash loop, starts again after 1 s",
        "ended by SIGKILL; crash loop, starts again after 2 s",
    ]
    assert instance.restarts == 3


def test_ended__outdated__is_gone(keeper: Keeper) -> None:
    instance = running(keeper)
    assert instance.process is not None
    send(instance.process, signal.SIGKILL)

    keeper.ended(instance.uid, 1.0, is_current=False)

    assert not keeper.instances


def test_stop__ready_instance__drains_then_ends(keeper: Keeper) -> None:
    instance = running(keeper)
    probed(keeper, instance, "", 1.0)

    keeper.stop(instance.uid, 2.0, reason="stopping")
    assert (instance.phase, instance.is_ready, instance.reason) == (
        Phase.DRAINING, False, "stopping",
    )  # fmt: skip
    phases = []
    for now_s in (6.9, 7.0):
        keeper.step(now_s)
        phases.append(instance.phase)
    assert phases == [Phase.DRAINING, Phase.STOPPING]
    keeper.ended(instance.uid, 7.1, is_current=True)
    keeper.step(7.1)

    assert not keeper.instances


def test_stop__never_ready__has_nothing_to_drain(keeper: Keeper) -> None:
    instance = running(keeper)

    keeper.stop(instance.uid, 1.0, reason="stopping")
    keeper.step(1.0)

    assert instance.phase is Phase.STOPPING


def test_stop__without_a_process__is_gone_at_once(keeper: Keeper) -> None:
    instance = keeper.start(SLEEPER, "f", 0.0)

    keeper.stop(instance.uid, 0.0, reason="stopping")

    assert not keeper.instances


def test_step__no_port_free__says_so_and_tries_again(keeper: Keeper) -> None:
    keeper.ports = range(26_000, 26_001)
    running(keeper)

    late = keeper.start(SLEEPER, "f", 0.0)
    assert keeper.step(0.0) == []

    assert "is free" in late.reason
    assert late.due_at > 0


def test_next_due_at__idle_or_busy__is_never_late(keeper: Keeper) -> None:
    assert keeper.next_due_at(9.0) == 9.0

    instance = running(keeper)
    assert keeper.next_due_at(9.0) == 0.0
    list(keeper.to_probe(0.0))
    assert keeper.next_due_at(9.0) == 9.0
    keeper.stop(instance.uid, 3.0, reason="stopping")
    assert keeper.next_due_at(9.0) == 3.0


def test_refresh__same_fingerprint__takes_over_probe_and_labels(keeper: Keeper) -> None:
    instance = running(keeper)
    newer = Workload("shop", "1", labels={"team": "web"}, readiness=Readiness("/health"))

    refresh(keeper.instances.values(), newer, "other")
    assert instance.workload is SLEEPER
    refresh(keeper.instances.values(), newer, "f")

    assert instance.status().labels == {"team": "web"}
