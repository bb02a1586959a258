"""Making users of a NATS account worthless: the account's token says which, and the operator signs it.

Servers learn of it through their system account, refuse such a user from then on, and close the
connections it has. It needs a resolver that takes accounts while it runs (``type: full``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from nats import errors
from nats.aio.client import Client

from vamp.drivers.events.nats_connection import NatsConnection
from vamp.drivers.events.nats_users import claims_of, signed
from vamp.drivers.events.nkeys import OPERATOR, KeyPair
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused, PortUnavailable

TIMEOUT_S = 10.0
_ANSWER_S = 4.0


class NatsRevoking:
    """The operator's hand. Of one account, only one process may revoke at a time.

    Args:
        connection: as a user of the system account.
        operator: signs accounts.
    """

    def __init__(self, connection: NatsConnection, operator: KeyPair) -> None:
        self._connection = connection
        self._operator = operator

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, operator_key: str, system_key: str) -> NatsRevoking:
        """Take note of where and as whom; nothing is opened.

        Raises:
            ValueError: one of the keys is none.
        """
        operator = KeyPair.from_seed(operator_key)
        if operator.kind != OPERATOR:
            raise ValueError("the operator's key is none (it begins with SO)")
        if not system_key:
            raise ValueError("the system account's creds are missing")
        return cls(NatsConnection(dsn, key=system_key), operator)

    def revoke(self, account: str, users: Mapping[str, int | None]) -> None:
        """Refuse `users` from now on, and close their connections. Idempotent. Two round trips.

        Tokens that are made for the same users later, in another second, are good. What was
        revoked before stays so.

        Args:
            account: its public key (``A…``).
            users: their public keys (``U…``) → seconds since 1970: what was made by then is
                refused; None for all that was made by now.

        Raises:
            PortUnavailable: no server answers, or none takes accounts while it runs.
            PortRefused: the server does not let us, or does not take what we signed.
        """
        with observed("nats", "revoke"):
            self._connection.call(
                lambda client: self._revoke(client, account, users), timeout_s=TIMEOUT_S
            )

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    async def _revoke(self, client: Client, account: str, users: Mapping[str, int | None]) -> None:
        found = await _asked(client, f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP", b"")
        try:
            claims = claims_of(found.decode())
        except (ValueError, IndexError):
            raise PortRefused(f"{self._connection.place} does not know the account") from None
        renewed = signed(_without(claims, users, self._operator.public), self._operator)
        answer = json.loads(await _asked(client, "$SYS.REQ.CLAIMS.UPDATE", renewed.encode()))
        if "error" in answer:
            said = answer["error"].get("description", "")
            raise PortRefused(f"{self._connection.place} does not take the account: {said}")


def _without(
    claims: Mapping[str, Any], users: Mapping[str, int | None], operator: str
) -> Mapping[str, Any]:
    """Return the account's claims, in which `users` are worthless as far as `revoke` says."""
    now = int(time.time())
    nats = dict(claims["nats"])
    revoked = dict(nats.get("revocations") or {})
    for user, until_s in users.items():
        revoked[user] = max(int(revoked.get(user, 0)), now if until_s is None else until_s)
    nats["revocations"] = revoked
    # The newest by this number is kept, also after a restart.
    issued = max(now, int(claims["iat"]) + 1)
    kept = {name: value for name, value in claims.items() if name != "jti"}
    return {**kept, "iat": issued, "iss": operator, "nats": nats}


async def _asked(client: Client, subject: str, body: bytes) -> bytes:
    try:
        return (await client.request(subject, body, timeout=_ANSWER_S)).data
    except (errors.NoRespondersError, errors.TimeoutError):
        if "permissions violation" in str(client.last_error or "").lower():
            raise PortRefused("VAMP_EVENTS_SYSTEM_KEY is no system account's user") from None
        hint = "accounts can be changed while it runs only with a resolver of type full"
        raise PortUnavailable(f"NATS has no answer to {subject}: {hint}") from None
