"""What lets an environment's agents hear events: a user of the stream's server, one for each token."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from tenants.connections import stream_of
from tenants.models import ApiToken, Environment
from vamp import wiring_of_listeners
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.streams import Stream


def events_key(environment: Environment, token: ApiToken) -> str:
    """Return what agents that hold `token` hear with; empty beside an embedded stream.

    It is good for as long as the token is: the server ends it by itself as the token expires, and
    `tenants.services.events_key_ends` with a token that is revoked, or given another text.

    Raises:
        Invalid: the installation has no key with which to make it.
    """
    stream = stream_of(environment)
    return wiring_of_listeners.events_agent_key(
        stream.url,
        signing_key=settings.VAMP.events_signing_key,
        key=stream.key,
        holder=_holder(token.pk),
        ends_s=int(token.expires_at.timestamp()) if token.expires_at else None,
        **environment.names,
    )


def renewed_events_key(token: ApiToken) -> str:
    """Return what agents hear with from now on, after their token was rotated; empty for none.

    Also empty for other tokens, and where the installation has no key with which to make it.
    """
    if token.agent_of is None:
        return ""
    try:
        return events_key(token.agent_of, token)
    except Invalid:
        return ""


def why_not(stream: Stream) -> str:
    """Return why users of the stream's server cannot be revoked, and what to do; empty if they can.

    The operator's keys are for the installation's own server, and shown to no other.
    """
    dsn, own = Dsn.parse(stream.url), Dsn.parse(settings.EVENTS_URL)
    if (dsn.scheme, dsn.host, dsn.port) != (own.scheme, own.host, own.port):
        return "its server is not the installation's own: revoke the user at its account there"
    if not (settings.VAMP.events_operator_key and settings.VAMP.events_system_key):
        return (
            "the installation has no VAMP_EVENTS_OPERATOR_KEY and VAMP_EVENTS_SYSTEM_KEY: set them,"
            " or revoke the user at its account"
        )
    return ""


def revoke_users(stream: Stream, tokens: Mapping[int, int | None]) -> None:
    """Make worthless what `events_key` gave for these tokens; open connections are closed.

    Idempotent. One process of the installation may do it at a time, for a rival's would be lost.

    Args:
        stream: one that `why_not` says nothing of.
        tokens: ids, also of tokens that are gone → seconds since 1970: what was given by then
            ends; None for all of it.

    Raises:
        PortError: the server does not answer or refuses.
        Invalid: a key is none.
    """
    wiring_of_listeners.revoke_events_agent_keys(
        stream.url,
        signing_key=settings.VAMP.events_signing_key,
        operator_key=settings.VAMP.events_operator_key,
        system_key=settings.VAMP.events_system_key,
        key=stream.key,
        holders={_holder(pk): until_s for pk, until_s in tokens.items()},
    )


def _holder(token_id: int) -> str:
    """Name the user of a token. Ids of rows are not given again."""
    return f"agents with token {token_id}"
