"""Event streams under the contract. A new driver joins by an entry in `DRIVERS`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connections

from tests.vamp.drivers.events.nats_server import running
from vamp.doorbell import Doorbell
from vamp.drivers.clock.settable import SettableClock
from vamp.drivers.events.database import DatabaseStream
from vamp.drivers.events.jetstream import JetStream
from vamp.ports.events import EventStream, Message

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Place:
    """A stream, opened as often as there are processes, and its time.

    `source` begins the ids of its messages; `later` lets so much time pass that what was handed
    out and not acknowledged is handed out again.
    """

    open: Callable[[], EventStream]
    source: str
    later: Callable[[], object]
    leave: Callable[[], None] = lambda: None

    def message(self, number: int, **changes: object) -> Message:
        return replace(
            Message(
                id=f"{self.source}:{number}",
                subject="vamp.acme.production.gateways.gateway.changed",
                payload={"number": number, "nested": {"text": "ü", "none": None}},
                position=number,
                emitted_at=NOON + timedelta(seconds=number),
            ),
            **changes,  # type: ignore[arg-type]
        )


@contextmanager
def _database(alias: str, folder: Path) -> Iterator[Place]:
    clock = SettableClock(NOON)
    yield Place(
        open=lambda: DatabaseStream(alias, Doorbell(folder / "bell"), clock=clock, visibility_s=30),
        source=alias,
        later=lambda: clock.advance(timedelta(seconds=31)),
        leave=lambda: connections[alias].close(),
    )


VISIBILITY_S = 0.6


@contextmanager
def _jetstream(folder: Path) -> Iterator[Place]:
    opened: list[JetStream] = []
    with running(folder / "nats") as server:

        def open_one() -> JetStream:
            opened.append(server.stream(visibility_s=VISIBILITY_S))
            return opened[-1]

        # The server's own clock says when a message is handed out again.
        yield Place(open=open_one, source="default", later=lambda: time.sleep(VISIBILITY_S * 1.5))
        for stream in opened:
            stream.close()


DRIVERS = [
    pytest.param(partial(_database, "default"), id="db"),
    pytest.param(partial(_database, "dedicated"), id="db-dedicated"),
    pytest.param(_jetstream, id="jetstream", marks=pytest.mark.stack),
]


def numbers(messages: object) -> list[int]:
    return [message.position for message in messages]  # type: ignore[attr-defined]


def fetched(stream: EventStream, consumer: str = "gateways", limit: int = 100) -> list[int]:
    return numbers(stream.fetch(consumer, limit=limit, timeout_s=0))
