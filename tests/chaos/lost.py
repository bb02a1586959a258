"""Counting what must not be lost: events, entries of the audit trail, hooks, counted requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateways.management.booting import Booted
from vamp.demo.documents import GATEWAY


@dataclass(frozen=True, slots=True)
class Lost:
    """How many of each are missing."""

    events: int
    audit: int
    hooks: int
    dead_letters: int

    @property
    def total(self) -> int:
        """All together."""
        return self.events + self.audit + self.hooks + self.dead_letters


def lost(vamp: Booted, accepted: Sequence[str], *, hooks_missing: int) -> Lost:
    """Compare what was accepted with what is on record.

    Args:
        vamp: the installation.
        accepted: titles whose change was answered with 200.
        hooks_missing: hooks that were owed and did not come.
    """
    audited = [str(entry["after"].get("title", "")) for entry in _audit(vamp)]
    changed = sum(event["subject"].endswith(".gateways.gateway.changed") for event in events(vamp))
    letters = vamp.call("GET", "dead-letters").json()["count"]
    return Lost(
        events=max(0, len(accepted) - changed),
        audit=len(set(accepted) - set(audited)),
        hooks=hooks_missing,
        dead_letters=letters,
    )


def events(vamp: Booted) -> Iterator[Mapping[str, Any]]:
    """Yield every event that has reached the stream, oldest first."""
    after, is_more = 0, True
    while is_more:
        told = vamp.call("GET", "events", params={"after": after, "limit": 500}).json()
        after, is_more = told["after"], told["is_more"]
        yield from told["results"]


def _audit(vamp: Booted) -> Iterator[Mapping[str, Any]]:
    page = 1
    while True:
        asked = {"kind": "gateway", "name": GATEWAY, "page": page, "per_page": 500}
        told = vamp.call("GET", "audit", params=asked).json()
        yield from (entry for entry in told["results"] if entry["after"])
        if not told["next"]:
            return
        page += 1
