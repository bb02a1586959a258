"""What this process wrote to the key-value store last: one read less on the path to live traffic."""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

from vamp.ports.kv import Entry, KeyValueStore

MOST_PARTS = 2_000
"""So many are remembered for each store; one is a few kilobytes."""


class PartMemory:
    """Remembers parts as they were written. Safe between threads.

    Somebody else may have written since. Then the check-and-set with what is remembered fails,
    which forgets it, and a repeat reads. So of two publishers the one with the older rows still
    loses: what the key held was known before the rows were read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: WeakKeyDictionary[KeyValueStore, OrderedDict[str, Entry]] = (
            WeakKeyDictionary()
        )

    def held(self, kv: KeyValueStore, key: str) -> Entry | None:
        """Return what `key` held when this process wrote it last, else what is read now."""
        with self._lock:
            mine = self._written.get(kv, OrderedDict()).get(key)
        return mine or kv.get(key)

    def put(self, kv: KeyValueStore, key: str, text: str, before: Entry | None) -> None:
        """Write by check-and-set, and remember it.

        Raises:
            RevisionConflict: the key is not at `before` any more; a repeat reads it.
        """
        with self._lock:
            self._written.setdefault(kv, OrderedDict()).pop(key, None)
        revision = kv.put(key, text, expected=before.revision if before else 0)
        with self._lock:
            parts = self._written[kv]
            parts[key] = Entry(text, revision)
            if len(parts) > MOST_PARTS:
                parts.popitem(last=False)
