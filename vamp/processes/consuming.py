"""The process between events and tasks: relays outboxes, and hands messages to consumers."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerAway
from prometheus_client import Counter

from vamp import leases, log_context, wiring
from vamp.contention import close_broken
from vamp.databases import aliases
from vamp.outbox import committed, relay
from vamp.ports.events import EventStream, Message
from vamp.processes.liveness import Loop, loops

log = logging.getLogger("vamp.consume")

RELAY_LEASE_S = 10.0
RELAY_WAIT_S = 1.0
"""Without a ring the relay looks by itself this often: a ring may be lost."""

FETCH_WAIT_S = 2.0
BATCH = 100
MOST_DELIVERIES = 10
"""A message that failed so often is put aside, so that those behind it go on."""

PAUSE_AFTER_ERROR_S = 1.0
SILENT_S = 120.0
"""A loop beats with each batch it relays and each message it hands over."""

STOP_S = 5.0
"""From SIGTERM to the end at the latest: messages in hand are finished, the lease is given back."""

HAND_OVER_AFTER_STOP_S = 2.0
"""After this, messages in hand are left to be handed out again; those done are acknowledged."""

RELAYED = Counter("vamp_events_relayed", "Events handed to the stream.", ["database"])
CONSUMED = Counter(
    "vamp_events_consumed",
    "Messages by what a consumer made of them: done, failed (comes again), rejected (put aside).",
    ["consumer", "outcome"],
)


@dataclass(frozen=True, slots=True)
class Consumer:
    """An app's ear: its name on the stream, and what it does with a message."""

    name: str
    on_message: Callable[[Message], None]


def consumers() -> Iterable[Consumer]:
    """Return the consumers of the apps named in ``settings.CONSUMERS``."""
    for module in settings.CONSUMERS:
        yield Consumer(import_string(f"{module}.CONSUMER"), import_string(f"{module}.on_message"))


def run(stop: threading.Event) -> None:
    """Relay and consume until `stop` is set. Every loop survives its stores going away."""
    threads = [
        threading.Thread(target=_relay_loop, args=(stop,), name="relay", daemon=True),
        *(
            threading.Thread(
                target=_consume_loop,
                args=(consumer, database, stop),
                name=f"{consumer.name}-{database}",
                daemon=True,
            )
            for consumer in consumers()
            for database in aliases()
        ),
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    until = time.monotonic() + STOP_S
    for thread in threads:
        thread.join(timeout=max(0.0, until - time.monotonic()))
    for database in aliases():
        with contextlib.suppress(DatabaseError):  # it falls free by itself
            leases.release("vamp.relay", using=database)


def stream_of(database: str) -> EventStream:
    """Open the stream that carries the events of `database`."""
    return wiring.events_from_url(settings.EVENTS_URL, database=database)


def relay_once(beat: Callable[[], None] = lambda: None) -> int:
    """Relay every database whose lease this process holds or can take; return how many events.

    What goes wrong with one database is logged and tried again by the next call, and does not hold
    up the events of the others.

    Args:
        beat: called with each database and each batch.
    """
    total = 0
    for database in aliases():
        beat()

        def on_batch(count: int, database: str = database) -> None:
            RELAYED.labels(database).inc(count)
            beat()

        try:
            if leases.acquire("vamp.relay", using=database, seconds=RELAY_LEASE_S) is not None:
                total += relay(database, stream_of(database), on_batch)
        except Exception:
            log.exception("relay.failed", extra={"database": database})
            close_broken()
    return total


def _relay_loop(stop: threading.Event) -> None:
    with loops.watched("relay", within_s=SILENT_S) as loop:
        while not stop.is_set():
            try:
                with committed().listen() as ear:
                    while not stop.is_set():
                        relay_once(loop.beat)
                        ear.wait(RELAY_WAIT_S)
            except Exception:
                log.exception("relay.failed")  # the state folder may be away: go on all the same
                stop.wait(PAUSE_AFTER_ERROR_S)
    connections.close_all()


def _consume_loop(consumer: Consumer, database: str, stop: threading.Event) -> None:
    with loops.watched(f"{consumer.name} {database}", within_s=SILENT_S) as loop:
        turn = _Turn(stop, loop)
        stream = stream_of(database)
        while not stop.is_set():
            loop.beat()
            try:
                messages = stream.fetch(consumer.name, limit=BATCH, timeout_s=FETCH_WAIT_S)
                hand_over(consumer, stream, messages, may_go_on=turn.may_go_on)
            except Exception:
                log.exception("consume.failed", extra={"consumer": consumer.name})
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
) -> None:
    """Give each message to `consumer`; one that keeps failing is put aside with its error.

    Args:
        consumer: whose they are.
        stream: where they came from.
        messages: in order.
        may_go_on: asked before each; once it says no, those done are acknowledged and the others
            are left to be handed out again.
    """
    done: list[Message] = []
    for message in messages:
        if not may_go_on():
            break
        with log_context.bound(
            **log_context.of_event(message.id, message.subject, message.payload).present()
        ):
            try:
                is_done = _is_done(consumer, stream, message)
            except BrokerAway:
                # Not this message's fault, and true of the next one too: they are handed out again.
                log.warning("broker.away", extra={"consumer": consumer.name})
                break
        if is_done:
            done.append(message)
    if done:
        stream.acknowledge(consumer.name, done)


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
            stream.reject(consumer.name, message, error=f"{type(error).__name__}: {error}")
        CONSUMED.labels(consumer.name, "rejected" if is_given_up else "failed").inc()
        return False
    CONSUMED.labels(consumer.name, "done").inc()
    # What nobody asked for comes by the thousand: a cluster that is restarted, a release that ticks.
    is_asked_for = bool(log_context.current().request_id)
    log.log(logging.INFO if is_asked_for else logging.DEBUG, "message.handed_over", extra=told)
    return True
