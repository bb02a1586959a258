from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from vamp.drivers.clock.settable import SettableClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_now__nobody_moved_it__stands_still() -> None:
    clock = SettableClock(NOON)

    assert clock.now() == clock.now() == NOON


def test_advance__and_set__move_it_either_way() -> None:
    clock = SettableClock(NOON)

    assert clock.advance(timedelta(seconds=5)) == NOON + timedelta(seconds=5)
    clock.set(NOON - timedelta(days=1))

    assert clock.now() == NOON - timedelta(days=1)


def test_set__another_zone__is_told_in_utc() -> None:
    clock = SettableClock(NOON.astimezone(timezone(timedelta(hours=2))))

    assert clock.now().tzinfo is UTC
    assert clock.now() == NOON


def test_set__time_without_zone__is_a_mistake() -> None:
    clock = SettableClock(NOON)

    with pytest.raises(ValueError, match="zone"):
        clock.set(datetime(2026, 3, 1))  # noqa: DTZ001
    assert clock.now() == NOON
