"""The key-value store: namespaces' configuration, gateway configuration, secrets.

Real: Vault KV v2. Embedded: an encrypted folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vamp.ports.checks import Checked

MAX_VALUE_BYTES = 1_000_000
"""Vault with integrated storage refuses entries over 1 MiB; we stay under it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a key holds.

    Attributes:
        value: UTF-8 text; left out of ``repr``, for it may be a secret.
        revision: counts up from 1 with every write of the key, within one life of the key:
            deleting it starts the count again, so never order by it across a deletion.
    """

    value: str = field(repr=False)
    revision: int


class KeyValueStore(Protocol):
    """Keys are `/`-joined segments of lower-case letters, digits, `-`, `_` and `.`.

    The first two segments are organisation and environment (or ``organisation`` for what is
    the organisation's own), so that access can be granted by prefix. Every method may raise
    `PortUnavailable`, and `PortRefused` for a key or value that breaks the rules or that the
    credentials do not open.
    """

    def get(self, key: str) -> Entry | None:
        """Return the newest entry, or None where the key was never written or was deleted."""
        ...

    def put(self, key: str, value: str, *, expected: int | None = None) -> int:
        """Write durably and return the new revision.

        Args:
            key: where to write.
            value: text of at most `MAX_VALUE_BYTES` as UTF-8.
            expected: the revision that the caller last saw, 0 for "must be new", None for "any".

        Raises:
            RevisionConflict: the key is not at `expected`; nothing was written.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove the key with its history, so that ``expected=0`` writes it anew. Idempotent."""
        ...

    def keys(self, prefix: str) -> Sequence[str]:
        """Return every live key that starts with the segments of `prefix`, sorted."""
        ...

    def wait(self, prefix: str, *, timeout_s: float) -> bool:
        """Block until something under `prefix` may have changed, or until `timeout_s` passed.

        Returns:
            False on time-out. A hint only: a driver that cannot watch sleeps and returns False,
            and a change just before the call may be missed. Callers poll under it.
        """
        ...

    def watch(self, prefix: str) -> Iterator[None]:
        """Yield whenever something under `prefix` may have changed; a hint, like `wait`.

        The watch is set when the iterator is made, so what changes after that is not missed.
        Closing the iterator ends it.
        """
        ...

    def check(self, place: str) -> Checked:
        """Look whether the store does its work for `place`, by writing, reading and deleting there.

        Never raises. Leaves nothing behind.

        Args:
            place: two segments, such as ``acme/production``.
        """
        ...

    def prepare(self) -> None:
        """Make what the store needs before its first use, such as its mount. Safe to repeat."""
        ...
