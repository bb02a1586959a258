"""What we show to Vault: a token, or an AppRole that gets tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vamp.errors import Fault, Invalid

FORMS = "token:<token> or approle:<role_id>:<secret_id>"

_TOKEN = re.compile(r"[!-~]+")  # it travels in a header
_BARE_TOKEN = re.compile(r"[A-Za-z0-9._-]+")
_ID = re.compile(r"[!-9;-~]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A token that somebody made. When it is dead, nobody here can make another.

    Attributes:
        token: its text.
    """

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppRole:
    """A role that logs in for tokens as often as need be.

    Attributes:
        role_id: names the role; not secret by itself.
        secret_id: its password.
    """

    role_id: str
    secret_id: str = field(repr=False)

    def __str__(self) -> str:
        """Return the key's text, which `parse_credentials` reads; holds the secret."""
        return f"approle:{self.role_id}:{self.secret_id}"


Credentials = Token | AppRole


def parse_credentials(text: str) -> Credentials:
    """Read the key of a ``vault:`` store; a token may also stand there bare.

    Raises:
        Invalid: it has none of the forms. The message does not repeat it.
    """
    kind, colon, rest = text.strip().partition(":")
    if not colon and _BARE_TOKEN.fullmatch(kind):
        return Token(kind)
    if kind == "token" and _TOKEN.fullmatch(rest):
        return Token(rest)
    if kind == "approle":
        role_id, _, secret_id = rest.partition(":")
        if _ID.fullmatch(role_id) and _ID.fullmatch(secret_id):
            return AppRole(role_id, secret_id)
    missing = "there is no key for Vault" if not text.strip() else "not a key for Vault"
    raise Invalid(faults=[Fault("", missing, f"give {FORMS}", code="key")])
