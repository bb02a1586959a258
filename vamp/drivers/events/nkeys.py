"""Keys in NATS's notation: Ed25519, written as base32 with a kind and a checksum.

The notation is that of https://github.com/nats-io/nkeys: one byte of kind (a seed: five bits that
say seed, then the kind of its public key), 32 bytes, CRC-16/XMODEM of it all, low byte first.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

OPERATOR, ACCOUNT, USER = "O", "A", "U"

_KINDS = {OPERATOR: 14 << 3, ACCOUNT: 0, USER: 20 << 3}
_SEED = 18 << 3
_SIZE = 32


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key that signs.

    Attributes:
        kind: whose it is: `OPERATOR`, `ACCOUNT` or `USER`.
    """

    kind: str
    _secret: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls, kind: str) -> KeyPair:
        """Make a new random one."""
        return cls(kind, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: str) -> KeyPair:
        """Read a seed (``SA…``, ``SU…``, ``SO…``).

        Raises:
            ValueError: it is none; the message does not repeat it.
        """
        raw = _decoded(seed)
        if len(raw) != _SIZE + 2 or raw[0] & 0xF8 != _SEED:
            raise ValueError("not the seed of an nkey (it begins with SA, SU or SO)")
        kind = (raw[0] & 0x07) << 5 | raw[1] >> 3
        for letter, value in _KINDS.items():
            if value == kind:
                return cls(letter, Ed25519PrivateKey.from_private_bytes(raw[2:]))
        raise ValueError("a seed of a kind that is not used here")

    def derived(self, kind: str, purpose: str) -> KeyPair:
        """Return the key pair of `kind` that this one stands behind for `purpose`: the same each time.

        Only who holds this seed can tell it, or that both belong together.
        """
        secret = HKDF(hashes.SHA256(), _SIZE, salt=None, info=f"{kind} {purpose}".encode())
        return KeyPair(
            kind,
            Ed25519PrivateKey.from_private_bytes(secret.derive(self._secret.private_bytes_raw())),
        )

    @property
    def seed(self) -> str:
        """The secret, as it is handed to whoever signs with it."""
        kind = _KINDS[self.kind]
        head = bytes([_SEED | kind >> 5, (kind & 0x1F) << 3])
        return _encoded(head + self._secret.private_bytes_raw())

    @property
    def public(self) -> str:
        """The public key; its first letter is its kind."""
        return _encoded(bytes([_KINDS[self.kind]]) + self._secret.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message`, 64 bytes."""
        return self._secret.sign(message)


def is_public(text: str, kind: str) -> bool:
    """Tell whether `text` is a public key of `kind`."""
    try:
        raw = _decoded(text)
    except ValueError:
        return False
    return len(raw) == _SIZE + 1 and raw[0] == _KINDS[kind]


def is_signed_by(public: str, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is that of `message` by the owner of `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(public)[1:]).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _encoded(raw: bytes) -> str:
    checksum = binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(raw + checksum).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    text = text.strip()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        raise ValueError("not an nkey: it is not base32") from None
    body, checksum = raw[:-2], raw[-2:]
    if len(raw) < 3 or binascii.crc_hqx(body, 0).to_bytes(2, "little") != checksum:
        raise ValueError("not an nkey: its checksum is wrong")
    return body
