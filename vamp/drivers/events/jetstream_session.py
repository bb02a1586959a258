"""What a process knows of JetStream over one connection: streams, consumers, what it was handed."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg

from vamp.drivers.events.jetstream_acks import Publisher
from vamp.drivers.events.jetstream_consumers import ensure_consumer, reader, subjects_of
from vamp.drivers.events.jetstream_messages import (
    MessageUnreadable,
    deliveries_of,
    message_from,
)
from vamp.drivers.events.jetstream_pulls import Pulls
from vamp.drivers.events.jetstream_streams import ROOT, ApiRefused, ask, organisations, stream_of
from vamp.drivers.events.nats_connection import NatsConnection, heard
from vamp.ports.errors import PortUnavailable
from vamp.ports.events import Message

LOOK_AGAIN_S = 5.0
"""New streams are announced by the server; they are looked for this often as well."""

REPLAY_BATCH = 500

_MOST_HANDED = 50_000
"""So many messages may be handed out and neither acknowledged nor forgotten."""

_CREATED = "$JS.EVENT.ADVISORY.STREAM.CREATED.>"

log = logging.getLogger("vamp.nats")


class Session:
    """One process's dealings with JetStream. Used in the event loop only.

    Attributes:
        client: the connection.
        publisher: what publishes over it.
    """

    def __init__(self, client: Client, connection: NatsConnection, visibility_s: float) -> None:
        self.client = client
        self.publisher = Publisher(client)
        self._visibility_s = visibility_s
        self._streams: set[str] = set()
        self._organisations: Sequence[str] = ()
        self._look_at = 0.0
        self._is_told = False
        self._pulls: dict[str, Pulls] = {}
        self._consumers: dict[tuple[str, str], frozenset[str]] = {}
        self._handed: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._making = asyncio.Lock()
        connection.when_lost(self._lost)

    async def ensure(self, wanted: Iterable[str], make: Callable[[str], Awaitable[None]]) -> None:
        """See that the streams of the organisations `wanted` are there; `make` those not known."""
        for organisation in sorted(set(wanted) - self._streams):
            await make(organisation)
            self._streams.add(organisation)
            self._look_at = 0.0

    def forget_streams(self) -> None:
        """Forget what is known of streams and consumers: the server may have lost them."""
        self._streams.clear()
        self._consumers.clear()
        self._look_at = 0.0

    async def fetch(
        self, consumer: str, only: Collection[str], *, limit: int, timeout_s: float
    ) -> Sequence[Msg]:
        """Return up to `limit` messages for `consumer`; wait up to `timeout_s` for the first."""
        now = asyncio.get_running_loop().time
        until = now() + timeout_s
        pulls = self._pulls.setdefault(consumer, Pulls(self.client, consumer))
        while True:
            pulls.came.clear()
            streams = await self._heard_by(pulls, frozenset(only))
            if timeout_s > 0:
                await pulls.wait_at(streams, limit=limit, timeout_s=timeout_s)
            else:
                await pulls.ask_now(streams, limit=limit)
            if (found := pulls.take(limit)) or now() >= until:
                return found
            try:
                async with asyncio.timeout_at(until):
                    await pulls.came.wait()
            except TimeoutError:
                return []
            if not self.client.is_connected:
                raise PortUnavailable("the connection to NATS was lost")

    def handed(self, consumer: str, sent: Msg) -> Message:
        """Return a message as the port knows it, and remember how it is acknowledged.

        Raises:
            MessageUnreadable: it is none of our events.
        """
        message = message_from(
            sent.subject, sent.headers, sent.data, deliveries=deliveries_of(sent.reply)
        )
        self._handed[consumer, message.id] = sent.reply
        while len(self._handed) > _MOST_HANDED:
            self._handed.popitem(last=False)
        return message

    async def discard(self, sent: Msg, reason: str) -> None:
        """Take what is none of our events off the consumer's list for good."""
        log.warning("message.unreadable", extra={"subject": sent.subject, "reason": reason})
        await self.client.publish(sent.reply, b"+TERM")

    async def answer(self, consumer: str, ids: Iterable[str], word: bytes) -> None:
        """Say `word` of messages that were handed out, and wait until the server has heard it."""
        for message_id in ids:
            if (reply := self._handed.pop((consumer, message_id), None)) is not None:
                await self.client.publish(reply, word)
        await heard(self.client)

    async def replay(self, subject: str, *, after: int, limit: int) -> Sequence[Message]:
        """Return up to `limit` stored messages of each stream, in the order of the stream."""
        words = subject.split(".")
        named = words[1] if len(words) > 2 and words[0] == ROOT else None
        found: list[Message] = []
        for organisation in await organisations(self.client):
            if named in (None, organisation) and words[0] in (ROOT, ">"):
                found += await self._stored(organisation, subject, after, limit)
        return found

    async def _stored(
        self, organisation: str, subject: str, after: int, limit: int
    ) -> Sequence[Message]:
        stream, name = stream_of(organisation), f"replay-{secrets.token_hex(8)}"
        pulls = Pulls(self.client, name)
        found: list[Message] = []
        await reader(self.client, stream, name, subject)
        try:
            while len(found) < limit:
                batch = REPLAY_BATCH if after else min(REPLAY_BATCH, limit - len(found))
                await pulls.ask_now([stream], limit=batch)
                sent = pulls.take(batch)
                found += [each for each in map(_readable, sent) if each and each.position > after]
                if len(sent) < batch:
                    break
        finally:
            await pulls.close()
            await ask(self.client, f"CONSUMER.DELETE.{stream}.{name}")
        return found[:limit]

    async def _heard_by(self, pulls: Pulls, only: frozenset[str]) -> Sequence[str]:
        """Return every stream, each with the consumer of `pulls` on it."""
        async with self._making:
            await self._look_around()
            for stream in pulls.missing:
                self._consumers.pop((stream, pulls.name), None)
            pulls.missing.clear()
            heard = []
            for organisation in self._organisations:
                stream = stream_of(organisation)
                if self._consumers.get((stream, pulls.name)) != only:
                    subjects = subjects_of(organisation, only)
                    try:
                        await ensure_consumer(
                            self.client, stream, pulls.name, subjects, self._visibility_s
                        )
                    except ApiRefused as error:
                        if not error.is_missing:
                            raise
                        self._look_at = 0.0  # the stream was deleted
                        continue
                    self._consumers[stream, pulls.name] = only
                heard.append(stream)
            return heard

    async def _look_around(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._look_at:
            return
        if not self._is_told:
            self._is_told = True
            await self.client.subscribe(_CREATED, cb=self._announced)
        self._look_at = now + LOOK_AGAIN_S
        self._organisations = await organisations(self.client)

    async def _announced(self, _: Msg) -> None:
        self._look_at = 0.0
        for pulls in self._pulls.values():
            pulls.stir()

    def _lost(self) -> None:
        self.publisher.lost()
        self.forget_streams()
        for pulls in self._pulls.values():
            pulls.forget()


def _readable(sent: Msg) -> Message | None:
    try:
        return message_from(sent.subject, sent.headers, sent.data, deliveries=1)
    except MessageUnreadable:
        return None
