"""How an event is written on a JetStream stream, and read back. Pure.

The body is the payload as JSON. Headers: ``Nats-Msg-Id``, ``Vamp-Position``, ``Vamp-Emitted-At``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from vamp.ports.events import Message

MESSAGE_ID = "Nats-Msg-Id"
POSITION = "Vamp-Position"
EMITTED_AT = "Vamp-Emitted-At"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class MessageUnreadable(ValueError):
    """What lies on the stream is none of our events."""


def headers_of(message: Message) -> dict[str, str]:
    """Return the headers of `message`.

    The id by which JetStream finds repetitions also has the time in it: a database that was made
    anew counts its rows from 1 again, and its events must not pass for those of the one before.
    """
    emitted_us = (message.emitted_at - _EPOCH) // _MICROSECOND
    return {
        MESSAGE_ID: f"{message.id}@{emitted_us}",
        POSITION: str(message.position),
        EMITTED_AT: message.emitted_at.isoformat(),
    }


def body_of(message: Message) -> bytes:
    """Return the body of `message`."""
    return _encode(dict(message.payload)).encode()


def message_from(
    subject: str, headers: Mapping[str, str] | None, body: bytes, *, deliveries: int
) -> Message:
    """Return what `headers_of` and `body_of` wrote.

    Raises:
        MessageUnreadable: somebody else wrote it.
    """
    try:
        held = headers or {}
        payload = json.loads(body)
        if not isinstance(payload, dict):
            raise MessageUnreadable(f"{subject}: its body is no JSON object")
        return Message(
            id=held[MESSAGE_ID].rpartition("@")[0],
            subject=subject,
            payload=payload,
            position=int(held[POSITION]),
            emitted_at=datetime.fromisoformat(held[EMITTED_AT]),
            deliveries=deliveries,
        )
    except (KeyError, ValueError) as error:
        raise MessageUnreadable(f"{subject}: {error}") from error


def deliveries_of(reply: str) -> int:
    """Return how often a message was handed out, from the subject that acknowledges it.

    ``$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<sequence>.<consumer's>.<ns>.<pending>``;
    the long form has a token more at its end.
    """
    words = reply.split(".")
    return int(words[4] if len(words) == 9 else words[6])
