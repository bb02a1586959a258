"""The event stream on NATS JetStream: a stream for each organisation, durable pull consumers."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Sequence

from nats.aio.client import Client
from prometheus_client import Counter

from vamp.drivers.events.jetstream_acks import NotStored, Outgoing
from vamp.drivers.events.jetstream_check import check_jetstream
from vamp.drivers.events.jetstream_messages import (
    MESSAGE_ID,
    MessageUnreadable,
    body_of,
    headers_of,
)
from vamp.drivers.events.jetstream_session import Session
from vamp.drivers.events.jetstream_streams import (
    StreamMissing,
    dead_subject,
    ensure_dead_stream,
    ensure_stream,
    forget,
    organisation_in,
)
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.checks import Checked
from vamp.ports.events import Message

VISIBILITY_S = 30.0
"""A message that was handed out and is not done after this is handed out again."""

RETENTION_S = 30 * 24 * 3600.0

LEFT_OUT = Counter(
    "vamp_events_left_out", "Events of organisations that are gone, for which no stream is made."
)

log = logging.getLogger("vamp.nats")

TIMEOUT_S = 15.0
"""No call takes longer, apart from the time for which `fetch` is told to wait."""


class JetStream:
    """Implements `vamp.ports.events.EventStream`. Safe between threads, processes and machines.

    One object hears the streams of every organisation on its server. A message is acknowledged by
    the object that fetched it; one that is not comes again.

    Args:
        connection: the server.
        retention_s: how long messages are kept, in seconds.
        visibility_s: see `VISIBILITY_S`; waits grow from the fourth delivery of a message on.
        is_gone: tells of an organisation's name whether it is deleted for good. Asked, in the
            caller's thread, before a stream is made: a late event shall not make it anew.
    """

    def __init__(
        self,
        connection: NatsConnection,
        *,
        retention_s: float = RETENTION_S,
        visibility_s: float = VISIBILITY_S,
        is_gone: Callable[[str], bool] = lambda organisation: False,
    ) -> None:
        self._connection = connection
        self._is_gone = is_gone
        self._retention_s = retention_s
        self._visibility_s = visibility_s
        self._pid = 0
        self._session: Session | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_dsn(
        cls,
        dsn: Dsn,
        *,
        key: str = "",
        retention_s: float = RETENTION_S,
        is_gone: Callable[[str], bool] = lambda organisation: False,
    ) -> JetStream:
        """Take ``nats://[user:password@]host:port[?tls=on&ca=/path]``; nothing is opened.

        Raises:
            Invalid: the URL names no server, or the key is no creds file.
        """
        if not dsn.host:
            raise Invalid(faults=[Fault("", "a NATS URL needs a host", "nats://host:4222")])
        try:
            return cls(NatsConnection(dsn, key=key), retention_s=retention_s, is_gone=is_gone)
        except ValueError as error:
            raise Invalid(faults=[Fault("", str(error))]) from None

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port. An organisation's stream is made with its first message.

        A message of an organisation that is gone, whose stream is too, is left out: that is logged
        and counted.

        Raises:
            PortRefused: also where a subject is none of an event.
        """
        making: set[str] = set()
        with observed("nats", "publish"):
            while messages:
                try:
                    self._connection.call(
                        lambda client, batch=messages: self._publish(  # type: ignore[misc]
                            self._here(client), batch, making
                        ),
                        timeout_s=TIMEOUT_S,
                    )
                except StreamMissing as missing:  # rarely: with an organisation's first event
                    if self._is_gone(missing.organisation):
                        messages = _without(messages, missing.organisation)
                    else:
                        making.add(missing.organisation)
                else:
                    return

    def fetch(
        self, consumer: str, *, limit: int, timeout_s: float, only: Collection[str] = ()
    ) -> Sequence[Message]:
        """See the port. Cost: a message that comes while this waits is pushed: no round trip."""
        # Not observed: it mostly waits.
        return self._connection.call(
            lambda client: self._fetch(self._here(client), consumer, only, limit, timeout_s),
            timeout_s=timeout_s + TIMEOUT_S,
        )

    def acknowledge(self, consumer: str, messages: Sequence[Message]) -> None:
        """See the port. Cost: one round trip."""
        with observed("nats", "acknowledge"):
            self._connection.call(
                lambda client: self._here(client).answer(
                    consumer, [message.id for message in messages], b"+ACK"
                ),
                timeout_s=TIMEOUT_S,
            )

    def reject(self, consumer: str, message: Message, *, error: str) -> None:
        """See the port. It lies in the stream ``vamp-<organisation>_dead`` from then on.

        Of an organisation that is gone nothing is kept.
        """

        def reject(may_make: bool) -> None:
            self._connection.call(
                lambda client: self._reject(self._here(client), consumer, message, error, may_make),
                timeout_s=TIMEOUT_S,
            )

        with observed("nats", "reject"):
            try:
                reject(may_make=False)
            except StreamMissing as missing:
                if self._is_gone(missing.organisation):
                    _without([message], missing.organisation)
                    self.acknowledge(consumer, [message])
                else:
                    reject(may_make=True)

    def replay(self, *, after: int, subject: str, limit: int) -> Sequence[Message]:
        """See the port. Cost: reads everything of `subject` that is stored, 500 a round trip.

        Positions count for each database by itself; where an organisation has several, so has
        its stream, and `subject` should name one environment.
        """
        with observed("nats", "replay"):
            found = self._connection.call(
                lambda client: self._here(client).replay(subject, after=after, limit=limit),
                timeout_s=TIMEOUT_S,
            )
        return sorted(found, key=lambda message: message.position)[:limit]

    def purge(self, subject: str) -> int:
        """See the port. Cost: two round trips."""
        with observed("nats", "purge"):
            return self._connection.call(
                lambda client: self._purge(self._here(client), subject), timeout_s=TIMEOUT_S
            )

    def check(self, organisation: str) -> Checked:
        """See the port."""
        return check_jetstream(self._connection, organisation)

    def prepare(self, organisation: str) -> None:
        """See the port. Makes the organisation's stream, and the one for its dead letters."""

        async def make(client: Client) -> None:
            await ensure_stream(client, organisation, retention_s=self._retention_s)
            await ensure_dead_stream(client, organisation, retention_s=self._retention_s)

        with observed("nats", "prepare"):
            self._connection.call(make, timeout_s=TIMEOUT_S)

    def close(self) -> None:
        """Let go of the server; a later call connects again."""
        self._connection.close()

    def _here(self, client: Client) -> Session:
        """Return what belongs to `client`, which is another one after a fork."""
        with self._lock:
            if self._session is None or self._pid != os.getpid() or self._session.client != client:
                self._pid = os.getpid()
                self._session = Session(client, self._connection, self._visibility_s)
            return self._session

    async def _publish(
        self, session: Session, messages: Sequence[Message], making: Collection[str]
    ) -> None:
        async def ensure(organisation: str) -> None:
            may_make = organisation in making
            await ensure_stream(
                session.client, organisation, retention_s=self._retention_s, may_make=may_make
            )

        await session.ensure({organisation_in(message.subject) for message in messages}, ensure)
        batch = [Outgoing(each.subject, headers_of(each), body_of(each)) for each in messages]
        try:
            await session.publisher.publish(batch)
        except NotStored:  # a stream was deleted meanwhile; what is stored already stays once
            session.forget_streams()
            await session.ensure({organisation_in(each.subject) for each in batch}, ensure)
            await session.publisher.publish(batch)

    async def _purge(self, session: Session, subject: str) -> int:
        purged = await forget(session.client, subject)
        session.forget_streams()
        return purged

    async def _fetch(
        self, session: Session, consumer: str, only: Collection[str], limit: int, timeout_s: float
    ) -> Sequence[Message]:
        found: list[Message] = []
        for sent in await session.fetch(consumer, only, limit=limit, timeout_s=timeout_s):
            try:
                found.append(session.handed(consumer, sent))
            except MessageUnreadable as error:
                await session.discard(sent, str(error))
        return found

    async def _reject(
        self, session: Session, consumer: str, message: Message, error: str, may_make: bool
    ) -> None:
        organisation = organisation_in(message.subject)
        await ensure_dead_stream(
            session.client, organisation, retention_s=self._retention_s, may_make=may_make
        )
        headers = headers_of(message) | {"Vamp-Error": error[:4000], "Vamp-Consumer": consumer}
        headers[MESSAGE_ID] = f"{consumer}/{headers[MESSAGE_ID]}"
        subject = dead_subject(consumer, message.subject)
        await session.publisher.publish([Outgoing(subject, headers, body_of(message))])
        await session.answer(consumer, [message.id], b"+TERM")


def _without(messages: Sequence[Message], organisation: str) -> Sequence[Message]:
    """Leave out what is an organisation's that is gone, and say so."""
    kept = [each for each in messages if organisation_in(each.subject) != organisation]
    for each in messages:
        if organisation_in(each.subject) == organisation:
            log.warning("event.left_out", extra={"subject": each.subject, "event_id": each.id})
    LEFT_OUT.inc(len(messages) - len(kept))
    return kept
