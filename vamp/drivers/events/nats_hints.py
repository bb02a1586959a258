"""Hints over plain NATS: heard by whoever is connected, stored nowhere."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator, Mapping
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from vamp.drivers.events.nats_connection import NatsConnection, heard
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.errors import PortRefused, PortUnavailable

TIMEOUT_S = 5.0

MOST_WAITING = 10_000
"""Hints beyond so many that nobody has taken are dropped."""


class NatsHints:
    """Implements `vamp.ports.hints.HintChannel`. Safe between threads; connects when it is used."""

    def __init__(self, connection: NatsConnection) -> None:
        self._connection = connection

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, key: str = "") -> NatsHints:
        """Take ``nats://[user:password@]host:port[?tls=on&ca=/path]``; nothing is opened.

        Raises:
            Invalid: the URL names no server, or the key is no creds file.
        """
        if not dsn.host:
            raise Invalid(faults=[Fault("", "a NATS URL needs a host", "nats://host:4222")])
        try:
            return cls(NatsConnection(dsn, key=key))
        except ValueError as error:
            raise Invalid(faults=[Fault("", str(error))]) from None

    def send(self, subject: str, content: Mapping[str, Any]) -> None:
        """See the port. Cost: 50 µs here; the rest is done by the loop's thread."""
        body = json.dumps(content, separators=(",", ":")).encode()
        self._connection.soon(lambda client: client.publish(subject, body))

    def listen(self, subject: str, *, timeout_s: float) -> Iterator[Mapping[str, Any] | None]:
        """See the port."""
        ear = _Ear(self._connection)
        with observed("nats", "listen"):
            subscription = self._connection.call(
                lambda client: ear.open(client, subject), timeout_s=TIMEOUT_S
            )
        try:
            yield None
            while True:
                yield ear.wait(timeout_s)
        finally:
            ear.close()
            self._connection.soon(lambda _: _ended(subscription))

    def close(self) -> None:
        """Let go of the server; a later call connects again."""
        self._connection.close()


class _Ear:
    """What one listener heard, between the loop's thread and the listener's."""

    def __init__(self, connection: NatsConnection) -> None:
        self._connection = connection
        self._heard: queue.Queue[Msg | None] = queue.Queue(MOST_WAITING)
        self._is_lost = False

    async def open(self, client: Client, subject: str) -> Subscription:
        self._connection.when_lost(self._lose)
        subscription = await client.subscribe(subject, cb=self._hear)
        await heard(client)
        said = str(client.last_error or "")
        if "permissions violation" in said.lower() and subject.lower() in said.lower():
            raise PortRefused(f"NATS does not let this user listen at {subject}")
        return subscription

    def close(self) -> None:
        self._connection.no_longer_when_lost(self._lose)

    def wait(self, timeout_s: float) -> Mapping[str, Any] | None:
        try:
            message = self._heard.get(timeout=timeout_s)
        except queue.Empty:
            message = None
        if self._is_lost:
            raise PortUnavailable("the connection to NATS was lost")
        if message is None:
            return None
        try:
            content = json.loads(message.data)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    async def _hear(self, message: Msg) -> None:
        if not self._heard.full():
            self._heard.put_nowait(message)

    def _lose(self) -> None:
        self._is_lost = True
        if not self._heard.full():
            self._heard.put_nowait(None)


async def _ended(subscription: Subscription) -> None:
    await subscription.unsubscribe()
