"""Users of a NATS server: reading their credentials, and making those of an environment's agents.

A user is a token (JWT) signed by an account, and a seed with which the user signs what the server
asks. The text that holds both is what NATS calls a creds file. Formats: https://docs.nats.io,
*JWTs*; version 2 of the claims.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vamp.drivers.events.nkeys import ACCOUNT, USER, KeyPair, is_public

_BLOCK = re.compile(r"-{3,}\s*BEGIN [A-Z ]+-{3,}\s*(\S+)\s*-{3,}\s*END [A-Z ]+-{3,}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who connects: the user's token, and the key that proves it is theirs."""

    jwt: str = field(repr=False)
    keys: KeyPair

    @classmethod
    def parse(cls, text: str) -> Credentials:
        """Read the contents of a creds file.

        Raises:
            ValueError: it is none; the message repeats nothing of it.
        """
        found = _BLOCK.findall(text)
        if len(found) != 2:
            raise ValueError("not a NATS creds file: it needs a user's JWT and seed, in BEGIN/END")
        jwt, seed = found
        return cls(jwt, KeyPair.from_seed(seed))

    def to_text(self) -> str:
        """Return the contents of a creds file."""
        return (
            f"-----BEGIN NATS USER JWT-----\n{self.jwt}\n------END NATS USER JWT------\n\n"
            "************************* IMPORTANT *************************\n"
            "The seed below is a secret.\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{self.keys.seed}\n------END USER NKEY SEED------\n"
        )

    def signature(self, nonce: str) -> bytes:
        """Return what the server wants to see for its `nonce`: base64 without padding."""
        return _base64(self.keys.sign(nonce.encode()))


def agent_subject(organisation: str, environment: str) -> str:
    """Return all that an environment's agents may hear."""
    return f"vamp.{organisation}.{environment}.gateways.>"


def agent_user(signing_key: str, holder: str) -> KeyPair:
    """Return the keys of the user that `holder` gets: the same each time, so none need be kept.

    Args:
        signing_key: seed of the account, or of one of its signing keys (``SA…``).
        holder: who gets it, such as a token's id; never given to anyone else.

    Raises:
        ValueError: the signing key is none.
    """
    return _signer(signing_key).derived(USER, holder)


def agent_credentials(
    signing_key: str,
    *,
    organisation: str,
    environment: str,
    holder: str,
    account: str = "",
    ends_s: int | None = None,
) -> Credentials:
    """Make a user for an environment's agents, who hear of its gateways and can say nothing.

    They may not even subscribe to an inbox: all users of an account share those, and with them
    what other tenants are answered. `NatsRevoking` makes the user worthless before its time.

    Args:
        signing_key: seed of the account, or of one of its signing keys (``SA…``).
        organisation: name of the organisation.
        environment: name of the environment.
        holder: see `agent_user`.
        account: the account's public key (``A…``); needed with a signing key.
        ends_s: seconds since 1970 at which servers end it by themselves; None for never.

    Raises:
        ValueError: the signing key is none.
    """
    signer = _signer(signing_key)
    if account and not is_public(account, ACCOUNT):
        raise ValueError("not an account's public key (it begins with A)")
    keys = agent_user(signing_key, holder)
    permissions: dict[str, Any] = {
        "pub": {"deny": [">"]},
        "sub": {"allow": [agent_subject(organisation, environment)]},
        "subs": -1,
        "data": -1,
        "payload": -1,
        "type": "user",
        "version": 2,
    }
    if account and account != signer.public:
        permissions["issuer_account"] = account
    claims: dict[str, Any] = {
        "iat": int(time.time()),
        "iss": signer.public,
        "name": f"agents of {organisation}/{environment}",
        "sub": keys.public,
        "nats": permissions,
    }
    if ends_s is not None:
        claims["exp"] = ends_s
    return Credentials(signed(claims, signer), keys)


def _signer(signing_key: str) -> KeyPair:
    signer = KeyPair.from_seed(signing_key)
    if signer.kind != ACCOUNT:
        raise ValueError("the signing key is not an account's (it begins with SA)")
    return signer


def account_of(creds: str) -> str:
    """Return the public key of the account that the user of a creds file belongs to.

    Raises:
        ValueError: it is no creds file.
    """
    try:
        claims = claims_of(Credentials.parse(creds).jwt)
        return str(claims["nats"].get("issuer_account") or claims["iss"])
    except (KeyError, AttributeError, IndexError):
        raise ValueError("the user's JWT in the creds file cannot be read") from None


def signed(claims: Mapping[str, Any], signer: KeyPair) -> str:
    """Return the token that says `claims`, signed by `signer`."""
    digest = hashlib.sha256(_json(claims)).digest()
    identified = {"jti": base64.b32encode(digest).decode().rstrip("="), **claims}
    parts = (_json({"typ": "JWT", "alg": "ed25519-nkey"}), _json(identified))
    text = b".".join(_base64(part) for part in parts)
    return (text + b"." + _base64(signer.sign(text))).decode()


def claims_of(jwt: str) -> Mapping[str, Any]:
    """Return what a token says; its signature is not looked at."""
    body = jwt.split(".")[1]
    claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
