"""The streams: one for each organisation, and one for what was put aside there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nats import errors
from nats.aio.client import Client

from vamp.ports.errors import PortRefused, PortUnavailable

ROOT = "vamp"
DEAD_ROOT = "vamp-dead"

DUPLICATE_WINDOW_S = 600
"""A message whose id came within this time is stored once."""

MOST_MESSAGES = 2_000_000
"""The oldest go first. A limit in bytes would be reserved on the server for each organisation."""

MOST_BYTES = 1 << 20
"""Of one message."""

API_S = 5.0

_NS = 1_000_000_000
_STREAM_NOT_FOUND, _CONSUMER_NOT_FOUND = 10059, 10014


class ApiRefused(PortRefused):
    """JetStream answered with an error.

    Attributes:
        number: JetStream's own.
    """

    def __init__(self, what: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"JetStream refused {what}: {error.get('description', error)}")
        self.number = int(error.get("err_code", 0))

    @property
    def is_missing(self) -> bool:
        """The stream or the consumer is not there."""
        return self.number in {_STREAM_NOT_FOUND, _CONSUMER_NOT_FOUND}


async def ask(client: Client, what: str, content: Mapping[str, Any] | None = None) -> Any:
    """Ask JetStream's API for `what`, such as ``STREAM.NAMES``, and return its answer.

    Raises:
        PortUnavailable: JetStream is off, or busy with electing a leader.
        PortRefused: this user may not ask.
        ApiRefused: it said no.
    """
    body = json.dumps(content or {}).encode()
    try:
        sent = await client.request(f"$JS.API.{what}", body, timeout=API_S)
    except errors.TimeoutError:
        if "permissions violation" in str(client.last_error or "").lower():
            raise PortRefused(f"NATS does not let this user ask for {what}") from None
        raise
    except errors.NoRespondersError:
        raise PortUnavailable("NATS answers, but its JetStream is off") from None
    answer = json.loads(sent.data)
    error = answer.get("error")
    if error is None:
        return answer
    if error.get("code") == 503:
        raise PortUnavailable(f"JetStream is not ready: {error.get('description')}")
    raise ApiRefused(what, error)


def stream_of(organisation: str) -> str:
    """Return the name of an organisation's stream. No organisation's name holds an underscore."""
    return f"{ROOT}-{organisation}"


def dead_stream_of(organisation: str) -> str:
    """Return the name of the stream for what an organisation's consumers put aside."""
    return f"{stream_of(organisation)}_dead"


def organisation_in(subject: str) -> str:
    """Return whose a subject is.

    Raises:
        PortRefused: it is no event's subject.
    """
    words = subject.split(".")
    if len(words) < 6 or words[0] != ROOT or not all(words):
        raise PortRefused(
            f"{subject} is no event's subject: vamp.<organisation>.<environment>.<app>.<thing>.<what>"
        )
    return words[1]


def dead_subject(consumer: str, subject: str) -> str:
    """Return where `consumer` puts a message of `subject` aside; no consumer hears that."""
    _, organisation, environment, what = subject.split(".", 3)
    return f"{DEAD_ROOT}.{organisation}.{environment}.{consumer}.{what}"


class StreamMissing(Exception):
    """An organisation has no stream, and whether it shall have one was not said.

    Attributes:
        organisation: its name.
    """

    def __init__(self, organisation: str) -> None:
        super().__init__(f"there is no stream of {organisation}")
        self.organisation = organisation


async def ensure_stream(
    client: Client, organisation: str, *, retention_s: float, may_make: bool = True
) -> None:
    """Make the organisation's stream, or bring it up to date.

    Events have six words or more, so that what has fewer, such as a hint, is heard but not stored.

    Raises:
        StreamMissing: it is not there, and may not be made.
    """
    place = f"{ROOT}.{organisation}"
    subjects = [f"{place}.*.*.*.*", f"{place}.*.*.*.*.>"]
    if not await _ensure(client, stream_of(organisation), subjects, retention_s, may_make):
        raise StreamMissing(organisation)


async def ensure_dead_stream(
    client: Client, organisation: str, *, retention_s: float, may_make: bool = True
) -> None:
    """Make the stream of an organisation's dead letters, or bring it up to date.

    Raises:
        StreamMissing: it is not there, and may not be made.
    """
    subjects = [f"{DEAD_ROOT}.{organisation}.>"]
    if not await _ensure(client, dead_stream_of(organisation), subjects, retention_s, may_make):
        raise StreamMissing(organisation)


async def forget(client: Client, subject: str) -> int:
    """Forget what is stored and put aside under `subject`; return how many messages that was.

    Args:
        client: connected.
        subject: ``vamp.<organisation>.<environment>.>``, or ``vamp.<organisation>.>``, whose two
            streams are deleted.

    Raises:
        PortRefused: it is neither.
    """
    words = subject.split(".")
    if words[0] != ROOT or words[-1] != ">" or not 3 <= len(words) <= 4:
        raise PortRefused(f"{subject} is neither an organisation's nor an environment's")
    organisation, rest = words[1], ".".join(words[1:])
    places = {stream_of(organisation): f"{ROOT}.{rest}"}
    places[dead_stream_of(organisation)] = f"{DEAD_ROOT}.{rest}"
    return sum([await _forget(client, *place, is_all=len(words) == 3) for place in places.items()])


async def _forget(client: Client, stream: str, subject: str, *, is_all: bool) -> int:
    try:
        if not is_all:
            answer = await ask(client, f"STREAM.PURGE.{stream}", {"filter": subject})
            return int(answer.get("purged", 0))
        held = await ask(client, f"STREAM.INFO.{stream}")
        await ask(client, f"STREAM.DELETE.{stream}")
        return int(held["state"]["messages"])
    except ApiRefused as error:
        if not error.is_missing:
            raise
        return 0


async def organisations(client: Client) -> Sequence[str]:
    """Return the organisations that have a stream. Cost: one round trip for 1,024 streams."""
    found: list[str] = []
    while True:
        page = await ask(client, "STREAM.NAMES", {"offset": len(found), "subject": f"{ROOT}.>"})
        names = page.get("streams") or []
        found += names
        if not names or len(found) >= page.get("total", 0):
            return [name.removeprefix(f"{ROOT}-") for name in found if name.startswith(f"{ROOT}-")]


async def _ensure(
    client: Client, name: str, subjects: Sequence[str], retention_s: float, may_make: bool
) -> bool:
    """Return False where the stream is not there and may not be made."""
    config = {
        "name": name,
        "subjects": list(subjects),
        "retention": "limits",
        "storage": "file",
        "discard": "old",
        "max_age": round(retention_s * _NS),
        "max_msgs": MOST_MESSAGES,
        "max_bytes": -1,
        "max_msg_size": MOST_BYTES,
        "max_consumers": -1,
        "duplicate_window": round(min(DUPLICATE_WINDOW_S, retention_s) * _NS),
    }
    try:
        held = await ask(client, f"STREAM.INFO.{name}")
    except ApiRefused as error:
        if not error.is_missing:
            raise
        if may_make:
            await ask(client, f"STREAM.CREATE.{name}", {**config, "num_replicas": 1})
        return may_make
    if any(held["config"].get(option) != value for option, value in config.items()):
        # Replicas and placement are the operator's to choose.
        await ask(client, f"STREAM.UPDATE.{name}", {**held["config"], **config})
    return True
