"""The installation's signature under the chain: what somebody who can only write SQL cannot make.

An Ed25519 key is made once and lies in the installation's key-value store, never in SQL and never
at a door. Its public half may be given to auditors, who can check an export with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from vamp import wiring
from vamp.ports.errors import RevisionConflict

if TYPE_CHECKING:
    from vamp.ports.kv import KeyValueStore

KEYS = "_/audit/keys"
"""Where the keys lie. ``_`` is no DNS label, so no organisation's subtree can hold it."""

_CHECKPOINT = "vamp-audit-checkpoint-1"
_GAP = "vamp-audit-gap-1"


class KeysUnreadable(Exception):
    """What lies at `KEYS` is not ours: look at the key-value store, and restore it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the trail.

    Attributes:
        current: id of the key that signs.
        private: id → 32 bytes.
    """

    current: str
    private: Mapping[str, bytes] = field(repr=False)

    def sign(self, statement: bytes) -> str:
        """Return the signature of `statement` by the current key, base64."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.private[self.current])
        return base64.b64encode(key.sign(statement)).decode()

    def has_signed(self, statement: bytes, *, key_id: str, signature: str) -> bool:
        """Tell whether `signature` is one of `statement` by our key called `key_id`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if key_id not in self.private:
            return False
        key = Ed25519PrivateKey.from_private_bytes(self.private[key_id]).public_key()
        try:
            key.verify(base64.b64decode(signature, validate=True), statement)
        except (InvalidSignature, ValueError):
            return False
        return True

    def public(self, key_id: str = "") -> str:
        """Return a public key, base64; the current one if none is named."""
        return base64.b64encode(_public(self.private[key_id or self.current])).decode()

    def to_json(self) -> str:
        """Return what lies in the store."""
        private = {name: base64.b64encode(key).decode() for name, key in self.private.items()}
        return json.dumps({"current": self.current, "private": private})

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """Read what lies in the store.

        Raises:
            KeysUnreadable: it is none of ours; what it holds is not repeated.
        """
        try:
            found = json.loads(text)
            private = {
                str(name): base64.b64decode(key, validate=True)
                for name, key in found["private"].items()
            }
            current = str(found["current"])
            is_ours = current in private and all(len(key) == 32 for key in private.values())
        except (ValueError, KeyError, TypeError, AttributeError):
            is_ours, current, private = False, "", {}
        if not is_ours:
            raise KeysUnreadable(f"{KEYS} in the key-value store holds no keys of the audit trail")
        return cls(current, private)

    @classmethod
    def new(cls) -> Keys:
        """Return a fresh key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate().private_bytes_raw()
        name = hashlib.sha256(_public(private)).hexdigest()[:16]
        return cls(name, {name: private})


def _public(private: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def checkpoint_statement(database: str, position: int, link: str, at: datetime) -> bytes:
    """Return what is signed of a checkpoint. The database is part of it: none can be moved."""
    return _statement(_CHECKPOINT, database, position, link, _time(at))


def gap_statement(
    database: str, first: int, last: int, before: str, after: str, at: datetime
) -> bytes:
    """Return what is signed of a gap."""
    return _statement(_GAP, database, first, last, before, after, _time(at))


def _statement(*parts: object) -> bytes:
    return "\n".join(str(part) for part in parts).encode()


def _time(at: datetime) -> int:
    """Return whole seconds: the same whatever a database makes of the rest."""
    return int(at.timestamp())


def store() -> KeyValueStore:
    """Open the installation's key-value store. Cheap enough for once a minute."""
    return wiring.kv_from_url(settings.KV_URL, key=settings.KV_KEY)


class KeyRing:
    """The keys, read once by each process and made where there are none. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[str, Keys] | None = None

    def keys(self) -> Keys:
        """Return the keys. Cost: one read of the store, the first time.

        Raises:
            PortError: the store does not answer.
            KeysUnreadable: it holds something else there.
        """
        with self._lock:
            if self._held is None or self._held[0] != settings.KV_URL:
                self._held = (settings.KV_URL, _read_or_made(store()))
            return self._held[1]

    def forget(self) -> None:
        """Read them anew the next time."""
        with self._lock:
            self._held = None


def _read_or_made(kv: KeyValueStore) -> Keys:
    if (entry := kv.get(KEYS)) is not None:
        return Keys.from_json(entry.value)
    made = Keys.new()
    try:
        kv.put(KEYS, made.to_json(), expected=0)
    except RevisionConflict:  # a rival process was first
        entry = kv.get(KEYS)
        return Keys.from_json(entry.value if entry else "")
    return made


ring = KeyRing()
"""This process's."""
