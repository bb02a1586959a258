"""What every clock owes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from vamp.drivers.clock.settable import SettableClock
from vamp.drivers.clock.system import SystemClock
from vamp.ports.clock import Clock

DRIVERS: dict[str, Callable[[], Clock]] = {
    "system": SystemClock,
    "settable": lambda: SettableClock(datetime(2026, 1, 1, tzinfo=UTC)),
}


@pytest.fixture(params=DRIVERS)
def clock(request: pytest.FixtureRequest) -> Clock:
    return DRIVERS[request.param]()


def test_now__asked__is_aware_and_in_utc(clock: Clock) -> None:
    now = clock.now()

    assert now.utcoffset() == timedelta()
    assert now.tzinfo is UTC


def test_now__asked_twice__does_not_go_back(clock: Clock) -> None:
    first = clock.now()

    assert clock.now() >= first
