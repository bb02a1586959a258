"""Entries for archives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vamp.ports.audit import ArchivedEntry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(position=1, **fields):
    return ArchivedEntry(
        **{
            "database": "default", "position": position, "id": 100 + position,
            "at": NOON + timedelta(seconds=position), "organisation": "acme",
            "environment": "production", "actor": "acme/ana", "token": "", "verb": "gateway.changed",
            "kind": "gateway", "name": "shop", "before": {"weight": 1},
            "after": {"weight": {"deep": [1, "x\ny"]}}, "source_address": "10.0.0.1",
            "request_id": "r1", "digest": "1:aa", "link": f"l{position}", **fields,
        }
    )  # fmt: skip
