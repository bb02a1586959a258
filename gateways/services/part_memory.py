"""What this process wrote to the key-value store last: one read less on the path to live traffic."""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import Entry, KeyValueStore

MOST_PARTS = 2_000
"""So many are remembered for each store; one is a few kilobytes."""


class PartMemory:
    """Remembers parts, or other entries, as they were written. Safe between threads.

    Somebody else may have written since. Then the check-and-set with what is remembered fails,
    which forgets it, and a repeat reads. So of two publishers the one with the older rows still
    loses: what the key held was known before the rows were read.
    """

    def __init__(self, most: int = MOST_PARTS) -> None:
        """Remember at most so many for each store."""
        self._most = most
        self._lock = threading.Lock()
        self._written: WeakKeyDictionary[KeyValueStore, OrderedDict[str, Entry]] = (
            WeakKeyDictionary()
        )

    def held(self, kv: KeyValueStore, key: str) -> Entry | None:
        """Return what `key` held when this process wrote it last, else what is read now."""
        with self._lock:
            mine = self._written.get(kv, OrderedDict()).get(key)
        return mine or kv.get(key)

    def forget(self, kv: KeyValueStore) -> None:
        """Forget all of one store: it is not as it was left, and more than one entry may be another."""
        with self._lock:
            self._written.pop(kv, None)

    def put(self, kv: KeyValueStore, key: str, text: str, before: Entry | None) -> None:
        """Write by check-and-set, and remember it. A rival that wrote the very same did our work.

        Raises:
            RevisionConflict: the key is not at `before` any more; a repeat reads it.
        """
        with self._lock:
            self._written.setdefault(kv, OrderedDict()).pop(key, None)
        try:
            revision = kv.put(key, text, expected=before.revision if before else 0)
        except RevisionConflict:
            # Several that were asked at once render the same rows; none of them has failed.
            found = kv.get(key)
            if found is None or found.value != text:
                raise
            revision = found.revision
        with self._lock:
            parts = self._written.setdefault(kv, OrderedDict())
            parts[key] = Entry(text, revision)
            if len(parts) > self._most:
                parts.popitem(last=False)
