"""How old the figures on a page are, so that old ones are shown as old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateways.models import Agent

STALE_AFTER: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to when traffic is known.

    Attributes:
        until: the newest moment up to which some agent has told its counts; None for never.
        is_stale: it is older than `STALE_AFTER`, or nothing was ever told.
    """

    until: datetime | None
    is_stale: bool


def freshness(agents: Iterable[Agent], now: datetime) -> Freshness:
    """Return how fresh the figures are that `agents` tell."""
    until = max((agent.complete_until for agent in agents if agent.complete_until), default=None)
    return Freshness(until, until is None or now - until > STALE_AFTER)
