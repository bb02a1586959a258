"""The process between events and tasks: relays outboxes, and hands messages to consumers."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerAway

from vamp import leases, wiring
from vamp.contention import close_broken
from vamp.databases import aliases
from vamp.outbox import committed, relay
from vamp.ports.events import EventStream, Message

log = logging.getLogger("vamp.consume")

RELAY_LEASE_S = 10.0
RELAY_WAIT_S = 1.0
"""Without a ring the relay looks by itself this often: a ring may be lost."""

FETCH_WAIT_S = 2.0
BATCH = 100
MOST_DELIVERIES = 10
"""A message that failed so often is put aside, so that those behind it go on."""

PAUSE_AFTER_ERROR_S = 1.0


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
    for thread in threads:
        thread.join(timeout=FETCH_WAIT_S + 1)
    for database in aliases():
        with contextlib.suppress(DatabaseError):  # it falls free by itself
            leases.release("vamp.relay", using=database)


def stream_of(database: str) -> EventStream:
    """Open the stream that carries the events of `database`."""
    return wiring.events_from_url(settings.EVENTS_URL, database=database)


def relay_once() -> int:
    """Relay every database whose lease this process holds or can take; return how many events.

    What goes wrong with one database is logged and tried again by the next call, and does not hold
    up the events of the others.
    """
    total = 0
    for database in aliases():
        try:
            if leases.acquire("vamp.relay", using=database, seconds=RELAY_LEASE_S) is not None:
                total += relay(database, stream_of(database))
        except Exception:
            log.exception("relay.failed", extra={"database": database})
            close_broken()
    return total


def _relay_loop(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with committed().listen() as ear:
                while not stop.is_set():
                    relay_once()
                    ear.wait(RELAY_WAIT_S)
        except Exception:
            log.exception("relay.failed")  # the state folder may be away: this loop must not end
            stop.wait(PAUSE_AFTER_ERROR_S)
    connections.close_all()


def _consume_loop(consumer: Consumer, database: str, stop: threading.Event) -> None:
    stream = stream_of(database)
    while not stop.is_set():
        try:
            messages = stream.fetch(consumer.name, limit=BATCH, timeout_s=FETCH_WAIT_S)
            hand_over(consumer, stream, messages)
        except Exception:
            log.exception("consume.failed", extra={"consumer": consumer.name})
            close_broken()
            stop.wait(PAUSE_AFTER_ERROR_S)
    connections.close_all()


def hand_over(consumer: Consumer, stream: EventStream, messages: Iterable[Message]) -> None:
    """Give each message to `consumer`; one that keeps failing is put aside with its error.

    Raises:
        OperationalError: kombu's; the broker does not answer. What was not queued yet is handed out
            again, however often, and never put aside for that.
    """
    done: list[Message] = []
    away: BrokerAway | None = None
    for message in messages:
        try:
            consumer.on_message(message)
        except BrokerAway as error:
            # Not this message's fault, and true of the next one too: they are handed out again.
            away = error
            break
        except Exception as error:
            log.exception(
                "message.failed", extra={"consumer": consumer.name, "subject": message.subject}
            )
            if message.deliveries >= MOST_DELIVERIES:
                stream.reject(consumer.name, message, error=f"{type(error).__name__}: {error}")
        else:
            done.append(message)
    if done:
        stream.acknowledge(consumer.name, done)
    if away is not None:
        raise away
