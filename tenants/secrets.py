"""Reading the secrets of namespaces: what opens an organisation's or environment's own stores.

They lie in the installation's key-value store, whatever store a namespace uses for its gateways: a
store's credentials cannot lie in that store itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tenants.domain.namespace import INSTALLATION_KEY, Namespace, namespace_key
from tenants.models import Environment, Organisation
from vamp.ports.errors import PortUnavailable
from vamp.ports.kv import KeyValueStore

FRESH_S = 2.0
"""A document is read again after so long: how soon another process hears of a changed secret."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What belongs to no tenant, as a namespace: the salt of platform administrators, our keys."""

    name = ""

    def __str__(self) -> str:
        """Return what people read of it."""
        return "the installation"


INSTALLATION = Installation()

Row = Organisation | Environment | Installation


@dataclass(frozen=True, slots=True)
class _Read:
    document: Namespace
    read_at_s: float


class NamespaceReader:
    """Reads namespaces' documents and remembers each for `FRESH_S`. Safe between threads.

    While the store does not answer, what was read before holds on: connections that work must not
    end because their credentials cannot be read once more.

    Args:
        open_store: returns the installation's store.
        clock_s: rising seconds.
    """

    def __init__(
        self,
        open_store: Callable[[], KeyValueStore],
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_store = open_store
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._held: dict[str, _Read] = {}

    def secret(self, row: Row, name: str) -> str:
        """Return a secret of `row`; empty where it was never set. Cost: at most one read.

        Raises:
            PortError: the store does not answer, and the document was never read before.
            NamespaceUnreadable: what it holds is no document of ours.
        """
        found = self.document(row).secrets.get(name)
        return found.value if found else ""

    def document(self, row: Row) -> Namespace:
        """Return the document of `row`; an empty one where there is none. See `secret`."""
        key = key_of(row)
        now_s = self._clock_s()
        with self._lock:
            held = self._held.get(key)
        if held is not None and now_s - held.read_at_s < FRESH_S:
            return held.document
        try:
            entry = self._open_store().get(key)
        except PortUnavailable:
            if held is None:
                raise
            return held.document
        document = Namespace.from_json(entry.value) if entry else Namespace()
        with self._lock:
            self._held[key] = _Read(document, now_s)
        return document

    def forget(self, row: Row) -> None:
        """Read the document anew the next time: this process has just written it."""
        with self._lock:
            self._held.pop(key_of(row), None)


def key_of(row: Row) -> str:
    """Return where the document of an organisation, environment or the installation lies."""
    if isinstance(row, Installation):
        return INSTALLATION_KEY
    if isinstance(row, Organisation):
        return namespace_key(row.name)
    return namespace_key(row.organisation.name, row.name)
