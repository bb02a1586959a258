"""The part of a check that every key-value store has in common: write, read back, delete."""

from __future__ import annotations

import secrets

from vamp.ports.checks import Check
from vamp.ports.errors import PortUnavailable
from vamp.ports.kv import KeyValueStore

PROBE = "connection-check"
"""Last segment of the key that a check writes to; nothing else is ever kept there."""


def check_round_trip(check: Check, store: KeyValueStore, place: str) -> None:
    """Write, read and delete a value under `place`, each noted by itself. Leaves nothing behind.

    Args:
        check: where to note it.
        store: which is looked at.
        place: two segments, such as ``acme/production``.
    """
    # A name of its own, so that checks at the same time do not meet.
    key, value = f"{place}/{PROBE}/{secrets.token_hex(8)}", secrets.token_hex(8)
    hint = f"let our credentials write, read and delete everything under {place}/"
    # Read first: where writing is refused, reading may be allowed all the same, and worth knowing.
    check.asks("may read", lambda: store.get(key), hint=hint, is_timed=True)
    if check.asks("may write", lambda: store.put(key, value), hint=hint) is None:
        return
    check.asks("reads back what was written", lambda: _same(store, key, value))
    check.asks("may delete", lambda: store.delete(key), hint=hint)


def _same(store: KeyValueStore, key: str, value: str) -> None:
    held = store.get(key)
    if held is None or held.value != value:
        raise PortUnavailable("what was just written is not there; look at the store's replication")
