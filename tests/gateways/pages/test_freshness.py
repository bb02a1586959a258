from __future__ import annotations

from datetime import timedelta

from gateways.models import Agent
from gateways.pages.freshness import STALE_AFTER, freshness
from tests.factories import NOON


def test_freshness__newest_agent_is_recent__is_fresh():
    agents = [Agent(complete_until=NOON - timedelta(hours=1)), Agent(complete_until=NOON)]

    found = freshness(agents, NOON + STALE_AFTER)

    assert (found.until, found.is_stale) == (NOON, False)


def test_freshness__all_are_old__is_stale():
    assert freshness([Agent(complete_until=NOON)], NOON + STALE_AFTER * 2).is_stale


def test_freshness__nobody_ever_told__is_stale():
    found = freshness([Agent(complete_until=None)], NOON)

    assert found.until is None
    assert found.is_stale
