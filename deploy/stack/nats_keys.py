"""NATS's keys and tokens: who may sign for an account, and what a user may do.

An operator signs accounts, an account signs users; a server trusts the operator only. Keys are
Ed25519 in NATS's own notation (nkeys): base32 of a kind, the key and its CRC-16.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED = 18 << 3
"""The letter S."""

KEY_BYTES = 32


class Kind(IntEnum):
    """What a key stands for, as the first five bits of its notation: its first letter."""

    OPERATOR = 14 << 3
    ACCOUNT = 0
    USER = 20 << 3


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An nkey: ``O…``, ``A…`` or ``U…`` in public, ``SO…``, ``SA…`` or ``SU…`` as its seed.

    Attributes:
        kind: what it stands for.
        private: 32 bytes.
    """

    kind: Kind
    private: Ed25519PrivateKey

    @classmethod
    def new(cls, kind: Kind) -> KeyPair:
        """Draw one."""
        return cls(kind, Ed25519PrivateKey.generate())

    @classmethod
    def of_seed(cls, seed: str) -> KeyPair:
        """Return the pair of a seed.

        Raises:
            ValueError: it is not a seed, or was mangled.
        """
        raw = base64.b32decode(seed.strip() + "=" * (-len(seed.strip()) % 8))
        body, checksum = raw[:-2], raw[-2:]
        if len(body) != KEY_BYTES + 2 or _crc(body) != checksum or body[0] & 0xF8 != SEED:
            raise ValueError("not the seed of an nkey")
        kind = Kind((body[0] & 0x07) << 5 | body[1] >> 3)
        return cls(kind, Ed25519PrivateKey.from_private_bytes(body[2:]))

    @property
    def public(self) -> str:
        """Return the public key."""
        return _notation(bytes([self.kind]) + self.private.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        """Return the private key: a secret."""
        head = bytes([SEED | self.kind >> 5, (self.kind & 0x1F) << 3])
        return _notation(head + self.private.private_bytes_raw())

    def sign(self, data: bytes) -> str:
        """Return the signature of `data`, base64 for URLs, without padding."""
        return _unpadded(self.private.sign(data))


def token(issuer: KeyPair, *, subject: str, name: str, claims: Mapping[str, Any]) -> str:
    """Return a JWT in which `issuer` says what `subject` may do.

    Args:
        issuer: signs it.
        subject: public key of whom it speaks of.
        name: for people.
        claims: the ``nats`` part.
    """
    payload = {
        "iat": int(time.time()),
        "iss": issuer.public,
        "name": name,
        "nats": {**claims, "version": 2},
        "sub": subject,
    }
    identity = hashlib.new("sha512_256", _json(payload)).digest()
    payload["jti"] = base64.b32encode(identity).decode().rstrip("=")
    signed = (
        f"{_unpadded(_json({'typ': 'JWT', 'alg': 'ed25519-nkey'}))}.{_unpadded(_json(payload))}"
    )
    return f"{signed}.{issuer.sign(signed.encode())}"


def credentials(user_token: str, user: KeyPair) -> str:
    """Return what stands in a NATS credentials file."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{user_token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )


def _notation(body: bytes) -> str:
    return base64.b32encode(body + _crc(body)).decode().rstrip("=")


def _crc(body: bytes) -> bytes:
    """CRC-16/XMODEM, little end first."""
    return binascii.crc_hqx(body, 0).to_bytes(2, "little")


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
