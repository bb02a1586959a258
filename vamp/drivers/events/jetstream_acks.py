"""Publishing many messages at once, and waiting until all of them are stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg

from vamp.drivers.events.jetstream_streams import ApiRefused
from vamp.ports.errors import PortRefused, PortUnavailable

ACK_S = 5.0
"""How long a batch may take to be stored."""


class NotStored(PortUnavailable):
    """No stream takes a message of this subject, or JetStream is off."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it goes to a stream."""

    subject: str
    headers: Mapping[str, str]
    body: bytes


class Publisher:
    """Sends batches over one connection. Used in the event loop only."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._sent = 0
        self._is_open = False

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Send all of `batch` and wait until each is stored. Cost: one round trip.

        Raises:
            NotStored: see there; others of the batch may be stored.
            PortUnavailable: the connection was lost before all were stored.
            PortRefused: a message was refused; others of the batch may be stored.
        """
        if not self._is_open:
            await self._client.subscribe(f"{self._inbox}.*", cb=self._answered)
            self._is_open = True
        acks: dict[str, asyncio.Future[None]] = {}
        try:
            async with asyncio.timeout(ACK_S):
                for each in batch:
                    await self._send(each, acks)
                for ack in acks.values():
                    await ack
        except TimeoutError:
            raise self._why_silent() from None
        finally:
            for token, ack in acks.items():
                self._waiting.pop(token, None)
                ack.cancel()

    async def _send(self, each: Outgoing, acks: dict[str, asyncio.Future[None]]) -> None:
        self._sent += 1
        token = str(self._sent)
        acks[token] = self._waiting[token] = asyncio.get_running_loop().create_future()
        reply = f"{self._inbox}.{token}"
        await self._client.publish(each.subject, each.body, reply=reply, headers=dict(each.headers))

    def lost(self) -> None:
        """Fail what waits: the connection that the answers would have come over is gone."""
        for ack in self._waiting.values():
            _fail(ack, PortUnavailable("the connection to NATS was lost"))

    def _why_silent(self) -> Exception:
        said = str(self._client.last_error or "")
        if "permissions violation" in said.lower():
            return PortRefused(f"NATS does not let this user publish events ({said})")
        return PortUnavailable("NATS did not confirm that events were stored")

    async def _answered(self, answer: Msg) -> None:
        ack = self._waiting.get(answer.subject.rpartition(".")[2])
        if ack is None or ack.done():
            return
        if (answer.headers or {}).get("Status") == "503":
            _fail(ack, NotStored("no stream of NATS takes the events; is JetStream on?"))
            return
        # One comes for each message: what does not speak of an error is not taken apart.
        error = json.loads(answer.data).get("error") if b'"error"' in answer.data else None
        if error is None:
            ack.set_result(None)
        elif error.get("code") == 503:
            _fail(ack, PortUnavailable(f"JetStream is not ready: {error.get('description')}"))
        else:
            _fail(ack, ApiRefused("an event", error))


def _fail(ack: asyncio.Future[None], error: Exception) -> None:
    if not ack.done():
        ack.set_exception(error)
        ack.exception()  # it may be that nobody comes to hear it
