from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vamp.drivers.scheduler.local.definition import Workload
from vamp.drivers.scheduler.local.instance import LONGEST_PAUSE_S, STEADY_S, Instance, Phase

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def new() -> Instance:
    return Instance("a", Workload("shop", "1"), "f", 20_000, NOON)


def test_pause_after_end__again_and_again__doubles_up_to_a_limit() -> None:
    instance = new()

    pauses = [instance.pause_after_end(float(second)) for second in range(10)]

    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_pause_after_end__after_a_steady_time__begins_anew() -> None:
    instance = new()
    for _ in range(5):
        instance.pause_after_end(0.0)

    instance.ready_at = 100.0

    assert instance.pause_after_end(100.0 + STEADY_S - 1) > 0.5
    assert instance.pause_after_end(100.0 + STEADY_S) == 0.5


def test_tell__same_readiness__keeps_since() -> None:
    instance = new()
    later = NOON + timedelta(seconds=5)

    instance.tell(is_ready=False, reason="still starting", now=later)
    assert (instance.since, instance.reason) == (NOON, "still starting")

    instance.tell(is_ready=True, reason="", now=later)
    assert instance.since == later


def test_is_leaving__by_phase__is_draining_or_stopping() -> None:
    leaving = {phase for phase in Phase if _with(phase).is_leaving}

    assert leaving == {Phase.DRAINING, Phase.STOPPING}


def _with(phase: Phase) -> Instance:
    instance = new()
    instance.phase = phase
    return instance
