"""The installation's signature under the chain: what somebody who can only write SQL cannot make.

An Ed25519 key is made with the first entry and turned over on demand; see `vamp.audit.rotating`. It
lies in the installation's key-value store, never in SQL and never at a door. Its public half may be
given to auditors, who can check an export with it. Of a key that was turned over only that half is
kept: it proves what it signed, and signs nothing any more.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from vamp import wiring
from vamp.ports.errors import PortUnavailable, RevisionConflict

if TYPE_CHECKING:
    from vamp.ports.kv import KeyValueStore

KEYS = "_/audit/keys"
"""Where the keys lie. ``_`` is no DNS label, so no organisation's subtree can hold it."""

FRESH_S = 10.0
"""The keys are read again after so long: how soon every process signs with a new one."""

_CHECKPOINT = "vamp-audit-checkpoint-1"
_GAP = "vamp-audit-gap-1"
_ROTATION = "vamp-audit-rotation-1"


class KeysUnreadable(Exception):
    """What lies at `KEYS` is not ours: look at the key-value store, and restore it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the trail.

    Attributes:
        current: id of the key that signs.
        private: id → 32 bytes; of the current key alone, unless a store holds more.
        retired: id → the public half, 32 bytes, of keys that were turned over.
        made_at: when the current key was made, ISO 8601; empty for the first one.
    """

    current: str
    private: Mapping[str, bytes] = field(repr=False)
    retired: Mapping[str, bytes] = field(default_factory=dict)
    made_at: str = ""

    def __contains__(self, key_id: object) -> bool:
        """Tell whether signatures by the key of that id are ours."""
        return key_id in self.private or key_id in self.retired

    def sign(self, statement: bytes) -> str:
        """Return the signature of `statement` by the current key, base64."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.private[self.current])
        return base64.b64encode(key.sign(statement)).decode()

    def has_signed(self, statement: bytes, *, key_id: str, signature: str) -> bool:
        """Tell whether `signature` is one of `statement` by our key called `key_id`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if key_id not in self:
            return False
        key = Ed25519PublicKey.from_public_bytes(self._public(key_id))
        try:
            key.verify(base64.b64decode(signature, validate=True), statement)
        except (InvalidSignature, ValueError):
            return False
        return True

    def public(self, key_id: str = "") -> str:
        """Return a public key, base64; the current one if none is named."""
        return base64.b64encode(self._public(key_id or self.current)).decode()

    def turned(self, new: Keys, made_at: str) -> Keys:
        """Return the keys of which `new` signs, and those before only verify."""
        before = {name: self._public(name) for name in [*self.retired, *self.private]}
        return Keys(new.current, new.private, before, made_at)

    def without_retired(self, dropped: Collection[str]) -> Keys:
        """Return the keys without those, whose signatures are ours no more."""
        left = {name: key for name, key in self.retired.items() if name not in dropped}
        return replace(self, retired=left)

    def _public(self, key_id: str) -> bytes:
        if key_id in self.retired:
            return self.retired[key_id]
        return _public(self.private[key_id])

    def to_json(self) -> str:
        """Return what lies in the store."""
        return json.dumps(
            {
                "current": self.current,
                "private": _encoded(self.private),
                "retired": _encoded(self.retired),
                "made_at": self.made_at,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """Read what lies in the store.

        Raises:
            KeysUnreadable: it is none of ours; what it holds is not repeated.
        """
        try:
            found = json.loads(text)
            keys = cls(
                str(found["current"]),
                _decoded(found["private"]),
                _decoded(found.get("retired", {})),
                str(found.get("made_at", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            keys = None
        if keys is None or keys.current not in keys.private:
            raise KeysUnreadable(f"{KEYS} in the key-value store holds no keys of the audit trail")
        return keys

    @classmethod
    def new(cls) -> Keys:
        """Return a fresh key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate().private_bytes_raw()
        name = hashlib.sha256(_public(private)).hexdigest()[:16]
        return cls(name, {name: private})


def _encoded(keys: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(key).decode() for name, key in keys.items()}


def _decoded(keys: Mapping[str, str]) -> dict[str, bytes]:
    found = {str(name): base64.b64decode(key, validate=True) for name, key in keys.items()}
    if any(len(key) != 32 for key in found.values()):
        raise ValueError("a key has 32 bytes")
    return found


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


def rotation_statement(old: str, new: str, made_at: str) -> bytes:
    """Return what both keys sign when one takes the place of the other.

    Args:
        old: public half of the key before, base64.
        new: of the one after.
        made_at: ISO 8601.
    """
    return _statement(_ROTATION, old, new, made_at)


def _statement(*parts: object) -> bytes:
    return "\n".join(str(part) for part in parts).encode()


def _time(at: datetime) -> int:
    """Return whole seconds: the same whatever a database makes of the rest."""
    return int(at.timestamp())


def store() -> KeyValueStore:
    """Open the installation's key-value store. Cheap enough for once a minute."""
    return wiring.kv_from_url(settings.KV_URL, key=settings.KV_KEY)


@dataclass(frozen=True, slots=True)
class _Held:
    keys: Keys
    url: str
    read_at_s: float


class KeyRing:
    """The keys, remembered for `FRESH_S` and made where there are none. Safe between threads.

    While the store does not answer, or has lost them, those that were read before go on: sealing
    does not wait for it.

    Args:
        clock_s: rising seconds.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock_s = clock_s
        self._held: _Held | None = None

    def keys(self) -> Keys:
        """Return the keys. Cost: at most one read of the store, after `FRESH_S`.

        Raises:
            PortError: the store does not answer, and they were never read before.
            KeysUnreadable: it holds something else there.
        """
        with self._lock:
            held = self._held if self._held and self._held.url == settings.KV_URL else None
            now_s = self._clock_s()
            if held is not None and now_s - held.read_at_s < FRESH_S:
                return held.keys
            keys = _read_or_made(store()) if held is None else _read_again(store(), held.keys)
            self._held = _Held(keys, settings.KV_URL, now_s)
            return keys

    def forget(self) -> None:
        """Read them anew the next time."""
        with self._lock:
            self._held = None


def _read_again(kv: KeyValueStore, held: Keys) -> Keys:
    try:
        entry = kv.get(KEYS)
    except PortUnavailable:
        return held
    return Keys.from_json(entry.value) if entry else held


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
