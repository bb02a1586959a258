"""What lets an environment's agents hear events: a user of the stream's server, one for each token."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.conf import settings

from tenants.connections import stream_of
from tenants.models import ApiToken, Environment
from vamp import leases, wiring_of_listeners
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.ports.errors import PortUnavailable
from vamp.streams import Stream, installation_stream

LEASE = "tenants.revoking"
LEASE_S = 30.0
"""Longer than a revocation takes."""

WAIT_S = 10.0
LOOK_EVERY_S = 0.1


def events_key(environment: Environment, token: ApiToken) -> str:
    """Return what agents that hold `token` hear with; empty beside an embedded stream.

    It is good for as long as the token is; see `revoke_events_keys`.

    Raises:
        Invalid: the installation has no key with which to make it.
    """
    stream = stream_of(environment)
    return wiring_of_listeners.events_agent_key(
        stream.url,
        signing_key=settings.VAMP.events_signing_key,
        key=stream.key,
        holder=_holder(token.pk),
        **environment.names,
    )


def may_revoke(stream: Stream) -> bool:
    """Tell whether the installation has been given what revokes users of the stream's server.

    The operator's keys are for the installation's own server, and shown to no other.
    """
    dsn, own = Dsn.parse(stream.url), Dsn.parse(settings.EVENTS_URL)
    is_own = (dsn.scheme, dsn.host, dsn.port) == (own.scheme, own.host, own.port)
    keys = settings.VAMP.events_operator_key, settings.VAMP.events_system_key
    return is_own and not stream.is_embedded and all(keys)


def revoke_events_keys(environment: Environment | None, tokens: Sequence[int]) -> bool:
    """Make worthless what `events_key` gave for these tokens; open connections are closed.

    Idempotent. One process of the installation does it at a time, for a rival's would be lost.

    Args:
        environment: whose agents; None where it is gone: then those of the installation's stream.
        tokens: ids, also of tokens that are gone.

    Returns:
        False where the installation has no keys with which to do it.

    Raises:
        PortError: the server does not answer or refuses; or another process is at it for too long.
        Invalid: a key is none.
    """
    stream = stream_of(environment) if environment is not None else installation_stream()
    if not may_revoke(stream):
        return False
    deadline = time.monotonic() + WAIT_S
    while tokens:
        with leases.once(LEASE, using=DEFAULT, seconds=LEASE_S) as is_ours:
            if is_ours:
                wiring_of_listeners.revoke_events_agent_keys(
                    stream.url,
                    signing_key=settings.VAMP.events_signing_key,
                    operator_key=settings.VAMP.events_operator_key,
                    system_key=settings.VAMP.events_system_key,
                    key=stream.key,
                    holders=[_holder(pk) for pk in tokens],
                )
                break
        if time.monotonic() > deadline:
            raise PortUnavailable("another process changes the account of the event stream")
        time.sleep(LOOK_EVERY_S)
    return True


def _holder(token_id: int) -> str:
    """Name the user of a token. Ids of rows are not given again."""
    return f"agents with token {token_id}"
