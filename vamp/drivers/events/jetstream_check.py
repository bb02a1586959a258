"""Looking at a NATS server: who it is, whether JetStream is on, what our user may do there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nats import errors
from nats.aio.client import Client

from vamp.drivers.events.jetstream_streams import (
    ROOT,
    ApiRefused,
    ask,
    dead_stream_of,
    stream_of,
)
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.ports.checks import Check, Checked
from vamp.ports.errors import PortError, PortUnavailable

SYSTEM = "NATS JetStream"
WAIT_S = 3.0
_USER_S = 1.0


@dataclass(slots=True)
class Facts:
    """What a server told.

    Attributes:
        version: of the server; round_trip_ms: of a ping.
        refusal: why JetStream could not be asked; None where it could.
        streams: name of a stream that should be there → whether it is.
        permissions: what our user may, as the server tells it; None where it does not tell.
    """

    version: str = ""
    round_trip_ms: float = 0.0
    refusal: PortError | None = None
    streams: dict[str, bool] = field(default_factory=dict)
    permissions: Mapping[str, Any] | None = None


def check_jetstream(connection: NatsConnection, organisation: str) -> Checked:
    """Look at the server for one organisation; see the port. Cost: five round trips."""
    check = Check(SYSTEM)
    facts = check.asks(
        "answers and lets us in",
        lambda: connection.call(lambda client: _facts(client, organisation), timeout_s=WAIT_S),
        hint="check host and port in its URL, what opens it in its secret, and that it runs",
    )
    if facts is not None:
        check.version, check.latency_ms = facts.version, facts.round_trip_ms
        note(check, facts, organisation)
    return check.done()


def note(check: Check, facts: Facts, organisation: str) -> None:
    """Note what `facts` mean. Pure."""
    if facts.refusal is not None:
        hint = "turn JetStream on in the server, and for our account; let our user ask $JS.API.>"
        check.bad("JetStream is on", str(facts.refusal), hint)
        return
    check.good("JetStream is on")
    _note_rights(check, facts.permissions, organisation)
    missing = [name for name, is_there in facts.streams.items() if not is_there]
    if missing:
        hint = "it is made by the first event, or by the set-up"
        check.unprepared("the stream is there", f"there is no {' and no '.join(missing)}", hint)
    else:
        check.good("the stream is there")


def may_publish(permissions: Mapping[str, Any], subject: str) -> bool:
    """Tell whether a user's permissions let it publish to `subject`. Pure."""
    rules = permissions.get("publish") or {}
    allowed, denied = rules.get("allow"), rules.get("deny") or ()
    is_allowed = allowed is None or any(_matches(each, subject) for each in allowed)
    return is_allowed and not any(_matches(each, subject) for each in denied)


def _note_rights(check: Check, permissions: Mapping[str, Any] | None, organisation: str) -> None:
    if permissions is None:
        return  # an older server, or one that lets nobody ask: publishing will show
    wanted = {
        "publish events": f"{ROOT}.{organisation}.production.gateways.gateway.changed",
        "make streams": f"$JS.API.STREAM.CREATE.{stream_of(organisation)}",
        "read events": f"$JS.API.CONSUMER.MSG.NEXT.{stream_of(organisation)}.vamp",
    }
    for right, subject in wanted.items():
        if may_publish(permissions, subject):
            check.good(f"may {right}")
        else:
            hint = f"let our user publish to {subject.partition(organisation)[0]}>"
            check.bad(f"may {right}", f"our user may not publish to {subject}", hint)


def _matches(pattern: str, subject: str) -> bool:
    """Tell whether NATS's `pattern` (``*`` is one word, ``>`` is the rest) takes `subject`."""
    words, asked = pattern.split("."), subject.split(".")
    for number, word in enumerate(words):
        if word == ">":
            return len(asked) > number
        if number >= len(asked) or word not in ("*", asked[number]):
            return False
    return len(words) == len(asked)


async def _facts(client: Client, organisation: str) -> Facts:
    begun = time.perf_counter()
    await client.flush()
    facts = Facts(round_trip_ms=(time.perf_counter() - begun) * 1000)
    told = client.connected_server_version
    facts.version = f"{told.major}.{told.minor}.{told.patch}"
    try:
        await ask(client, "INFO")
        for name in (stream_of(organisation), dead_stream_of(organisation)):
            facts.streams[name] = await _is_there(client, name)
    except (PortError, errors.TimeoutError) as error:
        silent = PortUnavailable("NATS answers, but its JetStream does not")
        facts.refusal = error if isinstance(error, PortError) else silent
        return facts
    facts.permissions = await _permissions(client)
    return facts


async def _is_there(client: Client, name: str) -> bool:
    try:
        await ask(client, f"STREAM.INFO.{name}")
    except ApiRefused as error:
        if error.is_missing:
            return False
        raise
    return True


async def _permissions(client: Client) -> Mapping[str, Any] | None:
    try:
        sent = await client.request("$SYS.REQ.USER.INFO", b"", timeout=_USER_S)
        found = json.loads(sent.data)["data"].get("permissions")
    except (errors.Error, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if isinstance(found, dict) else {}
