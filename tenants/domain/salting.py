"""Mixing a password with a salt that the database does not hold, before it is hashed.

Whoever gets hold of the rows alone cannot even begin to guess passwords. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

SALT_BYTES = 32
KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class Salted:
    """A password that was mixed.

    Attributes:
        text: what is hashed.
        key_id: of the salt that was used.
        is_newest: a password that is set now would be mixed with the same.
    """

    text: str = field(repr=False)
    key_id: str
    is_newest: bool


def new_salt() -> str:
    """Return a fresh salt, base64."""
    return base64.b64encode(secrets.token_bytes(SALT_BYTES)).decode()


def new_key_id() -> str:
    """Return a fresh name for a salt; it says nothing of it."""
    return secrets.token_hex(KEY_ID_BYTES)


def salted(password: str, salt: str) -> str:
    """Return HMAC-SHA256 of `password` with `salt` (base64) as key, in hexadecimal digits.

    That, and not the password, is what Argon2id hashes. Cost: microseconds.
    """
    return hmac.new(base64.b64decode(salt), password.encode(), hashlib.sha256).hexdigest()
