"""What is known to be lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateways.agent.losses import Losses
from vamp.drivers.clock.settable import SettableClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_losses__added_twice__are_summed_and_dated_by_the_last():
    clock = SettableClock(NOON)
    losses = Losses(clock)

    losses.add(3, "one")
    clock.advance(timedelta(seconds=5))
    losses.add(4, "two")

    assert losses.noted() == (7, NOON + timedelta(seconds=5))


@pytest.mark.parametrize("count", [0, -2])
def test_losses__nothing_or_less__leaves_count_and_date(count):
    clock = SettableClock(NOON)
    losses = Losses(clock)
    losses.add(1, "one")
    clock.advance(timedelta(seconds=5))

    losses.add(count, "a counter that began anew")

    assert losses.noted() == (1, NOON)


def test_losses__first_asked__are_none():
    assert Losses(SettableClock(NOON)).noted() == (0, None)
