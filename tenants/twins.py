"""Two key-value stores that are kept in step: one that is in use, one that some still read.

While an environment's agents change over from one store to another, what is published for them has
to lie in both. The new store decides: reads and check-and-set are its own; what it took is then
copied. A copy that fails is made up for by the sweep (`tenants.services.moving.kv`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from vamp.ports.checks import Checked
from vamp.ports.errors import PortError
from vamp.ports.kv import Entry, KeyValueStore

log = logging.getLogger("tenants")


class Twins:
    """Implements `vamp.ports.kv.KeyValueStore`.

    Args:
        present: the store that decides.
        old: is brought up to date after each write.
    """

    def __init__(self, present: KeyValueStore, old: KeyValueStore) -> None:
        self._present, self._old = present, old

    def get(self, key: str) -> Entry | None:
        """See the port."""
        return self._present.get(key)

    def put(self, key: str, value: str, *, expected: int | None = None) -> int:
        """See the port. Cost: the old store's write and two reads on top."""
        revision = self._present.put(key, value, expected=expected)
        self._follow(key)
        return revision

    def delete(self, key: str) -> None:
        """See the port."""
        self._present.delete(key)
        self._follow(key)

    def keys(self, prefix: str) -> Sequence[str]:
        """See the port."""
        return self._present.keys(prefix)

    def wait(self, prefix: str, *, timeout_s: float) -> bool:
        """See the port."""
        return self._present.wait(prefix, timeout_s=timeout_s)

    def watch(self, prefix: str) -> Iterator[None]:
        """See the port."""
        return self._present.watch(prefix)

    def check(self, place: str) -> Checked:
        """See the port: the store that decides is looked at."""
        return self._present.check(place)

    def prepare(self) -> None:
        """See the port."""
        self._present.prepare()

    def _follow(self, key: str) -> None:
        try:
            bring_key(key, self._present, self._old)
        except PortError as error:
            log.warning("store.not_in_step", extra={"key": key, "error": str(error)})


def bring_key(key: str, source: KeyValueStore, target: KeyValueStore) -> bool:
    """Make `target` hold under `key` what `source` does, also where others write there meanwhile.

    Whoever writes last reads last, so the newest value is what stays.

    Returns:
        Whether anything was written.
    """
    is_written = False
    entry = source.get(key)
    while True:
        held = target.get(key)
        if entry is None and held is not None:
            target.delete(key)
            is_written = True
        elif entry is not None and (held is None or held.value != entry.value):
            target.put(key, entry.value)
            is_written = True
        again = source.get(key)
        if (again and again.value) == (entry and entry.value):
            return is_written
        entry = again
