"""The process between events and tasks: relays outboxes, and hands messages to consumers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connections
from kombu.exceptions import OperationalError as BrokerAway
from prometheus_client import Counter

from vamp import log_context, streams
from vamp.contention import close_broken
from vamp.databases import DEFAULT, aliases
from vamp.models import DeadLetter
from vamp.outbox import ORGANISATION_WIDE
from vamp.ports.events import EventStream, Message
from vamp.processes import auditing, relaying
from vamp.processes.consumer import Consumer, consumers
from vamp.processes.express import Express
from vamp.processes.liveness import Loop, loops
from vamp.processes.relaying import Relay
from vamp.streams import Scope, Source

log = logging.getLogger("vamp.consume")

FETCH_WAIT_S = 2.0
BATCH = 100
MOST_DELIVERIES = 10
"""A message that failed so often is put aside, so that those behind it go on."""

PAUSE_AFTER_ERROR_S = 1.0
SILENT_S = 120.0
"""A loop beats with each message it hands over."""

LOOK_S = 2.0
"""A new stream, of an organisation's or an environment's own, is found after this."""

GONE_S = 60.0
"""A stream that nobody has any more is listened to for so long."""

STOP_S = 5.0
"""From SIGTERM to the end at the latest: messages in hand are finished, the lease is given back."""

HAND_OVER_AFTER_STOP_S = 2.0
"""After this, messages in hand are left to be handed out again; those done are acknowledged."""

CONSUMED = Counter(
    "vamp_events_consumed",
    "Messages by what a consumer made of them: done, failed (comes again), rejected (put aside).",
    ["consumer", "outcome"],
)


def run(stop: threading.Event) -> None:
    """Relay and consume until `stop` is set. Every loop survives its stores going away."""
    express = Express(consumers())
    relays = Relay(on_new=express.hand_over)
    crew = _Crew(relays, express)
    audit = auditing.begin(stop)
    with loops.watched("streams", within_s=SILENT_S) as watched:
        while not stop.is_set():
            watched.beat()
            try:
                crew.look(streams.scopes())
            except Exception:
                log.exception("streams.not_looked")
                crew.hear(
                    []
                )  # the rows may be away: the installation's stream is known all the same
            finally:
                connections.close_all()
            stop.wait(LOOK_S)
    until = time.monotonic() + STOP_S
    crew.end(until=until)
    for thread in audit:
        thread.join(timeout=max(0.0, until - time.monotonic()))
    relays.release()
    connections.close_all()


@dataclass(slots=True)
class _Hand:
    """One loop in its thread, and when its stream was seen last."""

    thread: threading.Thread
    stop: threading.Event
    seen_at: float


class _Crew:
    """One loop for each stream to relay to, and for each consumer at each source of messages."""

    def __init__(self, relays: Relay, express: Express) -> None:
        self._relays = relays
        self._express = express
        self._hands: dict[object, _Hand] = {}

    def look(self, scopes: Sequence[Scope]) -> None:
        """Begin what is new, and end what has not been there for a while."""
        for stream in self._relays.look(scopes):
            self._keep(("relay", stream), relaying.loop, (self._relays, stream))
        self.hear(scopes)
        for key, hand in list(self._hands.items()):
            # Not at once: what is stored there may not have been heard yet.
            if time.monotonic() - hand.seen_at > GONE_S:
                hand.stop.set()
                del self._hands[key]

    def hear(self, scopes: Sequence[Scope]) -> None:
        """Begin to consume from what is new."""
        for source in streams.sources(scopes, aliases()):
            for consumer in consumers():
                self._keep(
                    (consumer.name, source), _consume_loop, (consumer, source, self._express)
                )

    def end(self, *, until: float) -> None:
        """End all, and wait for them until a point of monotonic time."""
        for hand in self._hands.values():
            hand.stop.set()
        for hand in self._hands.values():
            hand.thread.join(timeout=max(0.0, until - time.monotonic()))

    def _keep(
        self, key: tuple[object, ...], loop: Callable[..., None], what: tuple[Any, ...]
    ) -> None:
        hand = self._hands.get(key)
        if hand is not None:
            hand.seen_at = time.monotonic()
            return
        stop = threading.Event()
        name = " ".join(str(word) for word in key)
        thread = threading.Thread(target=loop, args=(*what, stop), name=name, daemon=True)
        self._hands[key] = _Hand(thread, stop, time.monotonic())
        thread.start()


def _consume_loop(
    consumer: Consumer, source: Source, express: Express, stop: threading.Event
) -> None:
    with loops.watched(f"{consumer.name} {source}", within_s=SILENT_S) as loop:
        turn = _Turn(stop, loop)
        stream = streams.opened(source.stream, source.database)
        while not stop.is_set():
            loop.beat()
            try:
                messages = stream.fetch(
                    consumer.name, limit=BATCH, timeout_s=FETCH_WAIT_S, only=consumer.concerns
                )
                hand_over(
                    consumer,
                    stream,
                    messages,
                    may_go_on=turn.may_go_on,
                    has_it=partial(express.has_handed, consumer),
                )
            except Exception:
                log.exception(
                    "consume.failed", extra={"consumer": consumer.name, "stream": str(source)}
                )
                close_broken()
                stop.wait(PAUSE_AFTER_ERROR_S)
    connections.close_all()


class _Turn:
    """Beats before each message, and says when the process has to end."""

    def __init__(self, stop: threading.Event, loop: Loop) -> None:
        self._stop = stop
        self._loop = loop
        self._until: float | None = None

    def may_go_on(self) -> bool:
        self._loop.beat()
        if not self._stop.is_set():
            return True
        now = time.monotonic()
        self._until = self._until or now + HAND_OVER_AFTER_STOP_S
        return now < self._until


def hand_over(
    consumer: Consumer,
    stream: EventStream,
    messages: Iterable[Message],
    *,
    may_go_on: Callable[[], bool] = lambda: True,
    has_it: Callable[[Message], bool] = lambda message: False,
) -> None:
    """Give each message to `consumer`; one that keeps failing is put aside with its error.

    Args:
        consumer: whose they are.
        stream: where they came from.
        messages: in order.
        may_go_on: asked before each; once it says no, those done are acknowledged and the others
            are left to be handed out again.
        has_it: tells whether the consumer had a message ahead of the stream: it is passed over.

    Raises:
        OperationalError: kombu's; the broker does not answer. What was not queued yet is handed out
            again, however often, and never put aside for that.
    """
    done: list[Message] = []
    away: BrokerAway | None = None
    for message in messages:
        if not may_go_on():
            break
        if has_it(message):
            done.append(message)
            continue
        with log_context.bound(
            **log_context.of_event(message.id, message.subject, message.payload).present()
        ):
            try:
                is_done = _is_done(consumer, stream, message)
            except BrokerAway as error:
                # Not this message's fault, and true of the next one too: they are handed out again.
                away = error
                break
        if is_done:
            done.append(message)
    if done:
        stream.acknowledge(consumer.name, done)
    if away is not None:
        raise away


def _is_done(consumer: Consumer, stream: EventStream, message: Message) -> bool:
    told = {"consumer": consumer.name, "subject": message.subject}
    try:
        consumer.on_message(message)
    except BrokerAway:
        raise
    except Exception as error:
        log.exception("message.failed", extra=told)
        is_given_up = message.deliveries >= MOST_DELIVERIES
        if is_given_up:
            _put_aside(consumer, stream, message, f"{type(error).__name__}: {error}")
        CONSUMED.labels(consumer.name, "rejected" if is_given_up else "failed").inc()
        return False
    CONSUMED.labels(consumer.name, "done").inc()
    # What nobody asked for comes by the thousand: a cluster that is restarted, a release that ticks.
    is_asked_for = bool(log_context.current().request_id)
    log.log(logging.INFO if is_asked_for else logging.DEBUG, "message.handed_over", extra=told)
    return True


def _put_aside(consumer: Consumer, stream: EventStream, message: Message, error: str) -> None:
    """Make it a row, for people to see, before the stream forgets it."""
    database = message.id.rpartition(":")[0]
    words = message.subject.split(".")
    DeadLetter.objects.using(database if database in aliases() else DEFAULT).update_or_create(
        consumer=consumer.name,
        event_id=message.id,
        defaults={
            "subject": message.subject,
            "organisation": words[1],
            "environment": "" if words[2] == ORGANISATION_WIDE else words[2],
            "payload": dict(message.payload),
            "error": error,
        },
    )
    stream.reject(consumer.name, message, error=error)
