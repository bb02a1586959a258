"""What every event stream owes. A new driver joins by an entry in `DRIVERS`."""

from __future__ import annotations

import threading
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

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

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


@pytest.fixture(params=DRIVERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with request.param(tmp_path) as place:
        yield place


@pytest.fixture
def stream(place: Place) -> EventStream:
    return place.open()


def numbers(messages: object) -> list[int]:
    return [message.position for message in messages]  # type: ignore[attr-defined]


def fetched(stream: EventStream, consumer: str = "gateways", limit: int = 100) -> list[int]:
    return numbers(stream.fetch(consumer, limit=limit, timeout_s=0))


def test_fetch__nothing_published__is_empty_at_once(stream: EventStream) -> None:
    assert fetched(stream) == []


def test_fetch__nothing_published__waits_no_longer_than_asked(stream: EventStream) -> None:
    begun = time.monotonic()

    found = stream.fetch("gateways", limit=1, timeout_s=0.1)

    assert list(found) == []
    assert time.monotonic() - begun >= 0.09


def test_publish__then_fetch__hands_out_the_same_in_order(
    place: Place, stream: EventStream
) -> None:
    messages = [place.message(number) for number in (1, 2, 5)]
    stream.publish(messages)

    assert list(place.open().fetch("gateways", limit=10, timeout_s=0)) == messages


def test_publish__twice_or_overlapping__stores_each_once(place: Place, stream: EventStream) -> None:
    stream.publish([place.message(1), place.message(2)])

    stream.publish([place.message(2), place.message(1), place.message(3), place.message(3)])
    stream.publish([])

    assert fetched(stream) == [1, 2, 3]


def test_fetch__limit__is_kept_and_the_rest_follows(place: Place, stream: EventStream) -> None:
    stream.publish([place.message(number) for number in range(1, 6)])

    assert [fetched(stream, limit=2) for _ in range(4)] == [[1, 2], [3, 4], [5], []]


def test_fetch__two_consumers__each_get_everything(place: Place, stream: EventStream) -> None:
    stream.publish([place.message(1), place.message(2)])
    stream.acknowledge("gateways", stream.fetch("gateways", limit=10, timeout_s=0))

    assert fetched(stream, "policies") == [1, 2]


def test_fetch__new_consumer__starts_at_the_oldest(place: Place, stream: EventStream) -> None:
    stream.publish([place.message(1)])
    stream.acknowledge("gateways", stream.fetch("gateways", limit=10, timeout_s=0))
    stream.publish([place.message(2)])

    assert fetched(stream, "late") == [1, 2]


def test_fetch__two_processes_of_one_consumer__share_the_messages(place: Place) -> None:
    one, other = place.open(), place.open()
    one.publish([place.message(number) for number in range(1, 5)])

    assert fetched(one, limit=2) == [1, 2]
    assert fetched(other) == [3, 4]


def test_acknowledge__done__is_never_handed_out_again(place: Place, stream: EventStream) -> None:
    stream.publish([place.message(number) for number in range(1, 4)])
    stream.acknowledge("gateways", stream.fetch("gateways", limit=10, timeout_s=0))

    place.later()

    assert fetched(place.open()) == []


def test_acknowledge__some_and_twice__only_the_others_come_again(
    place: Place, stream: EventStream
) -> None:
    stream.publish([place.message(number) for number in range(1, 6)])
    found = stream.fetch("gateways", limit=10, timeout_s=0)

    stream.acknowledge("gateways", [found[1], found[3]])
    stream.acknowledge("gateways", [found[3], found[1]])
    stream.acknowledge("gateways", [])
    place.later()

    again = stream.fetch("gateways", limit=10, timeout_s=0)
    assert numbers(again) == [1, 3, 5]
    assert [message.deliveries for message in again] == [2, 2, 2]
    assert [message.id for message in again] == [found[0].id, found[2].id, found[4].id]


def test_fetch__unacknowledged__comes_again_only_after_its_time(
    place: Place, stream: EventStream
) -> None:
    stream.publish([place.message(1)])

    deliveries = []
    for _ in range(3):
        (found,) = stream.fetch("gateways", limit=10, timeout_s=0)
        deliveries.append(found.deliveries)
        assert fetched(stream) == []
        place.later()

    assert deliveries == [1, 2, 3]


def test_fetch__redelivery_beside_new_ones__keeps_the_order(
    place: Place, stream: EventStream
) -> None:
    stream.publish([place.message(1), place.message(2)])
    assert fetched(stream) == [1, 2]
    place.later()
    stream.publish([place.message(3)])

    assert fetched(stream) == [1, 2, 3]


def test_acknowledge__handed_out_again_meanwhile__counts_all_the_same(
    place: Place, stream: EventStream
) -> None:
    stream.publish([place.message(1)])
    slow = stream.fetch("gateways", limit=1, timeout_s=0)
    place.later()
    assert fetched(place.open()) == [1]

    stream.acknowledge("gateways", slow)
    place.later()

    assert fetched(stream) == []


def test_reject__one_message__is_put_aside_and_the_others_go_on(
    place: Place, stream: EventStream
) -> None:
    stream.publish([place.message(1), place.message(2)])
    poison, _ = stream.fetch("gateways", limit=10, timeout_s=0)

    stream.reject("gateways", poison, error="cannot be read")
    stream.reject("gateways", poison, error="cannot be read")
    place.later()

    assert fetched(stream) == [2]
    assert fetched(stream, "policies") == [1, 2]


def test_replay__after_a_position__gives_what_follows_whoever_is_done_with_it(
    place: Place, stream: EventStream
) -> None:
    messages = [place.message(number) for number in range(1, 6)]
    stream.publish(messages)
    stream.acknowledge("gateways", stream.fetch("gateways", limit=10, timeout_s=0))

    assert list(stream.replay(after=0, subject=">", limit=10)) == messages
    assert numbers(stream.replay(after=2, subject=">", limit=2)) == [3, 4]
    assert numbers(stream.replay(after=5, subject=">", limit=2)) == []


def test_replay__subject__is_exact_or_a_prefix_of_whole_words(
    place: Place, stream: EventStream
) -> None:
    subjects = [
        "vamp.acme.production.gateways.gateway.changed",
        "vamp.acme.production2.gateways.gateway.changed",
        "vamp.acme._.policies.policy.changed",
        "vamp.acme2.production.gateways.gateway.changed",
        "vamp.acme.production.gateways.gateway.deleted",
    ]
    stream.publish(
        [place.message(number, subject=subject) for number, subject in enumerate(subjects, 1)]
    )

    def replayed(subject: str) -> list[int]:
        return numbers(stream.replay(after=0, subject=subject, limit=10))

    assert replayed("vamp.acme.production.>") == [1, 5]
    assert replayed("vamp.acme.>") == [1, 2, 3, 5]
    assert replayed("vamp.acme._.>") == [3]
    assert replayed("vamp.>") == [1, 2, 3, 4, 5]
    assert replayed(subjects[0]) == [1]
    assert replayed("vamp.acme.production.gateways") == []
    assert replayed("vamp.%.>") == []


def test_progress__first_message_stuck__others_are_done_once_each(
    place: Place, stream: EventStream
) -> None:
    stream.publish([place.message(number) for number in range(1, 31)])
    seen: list[int] = []
    for _ in range(3):
        for message in stream.fetch("gateways", limit=50, timeout_s=0):
            seen.append(message.position)
            if message.position != 1:
                stream.acknowledge("gateways", [message])
        place.later()

    assert sorted(seen) == [1, 1, 1, *range(2, 31)]


@pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
def test_fetch__waiting__is_woken_by_another_process(place: Place, stream: EventStream) -> None:
    found: list[int] = []
    took_s: list[float] = []

    def wait() -> None:
        begun = time.monotonic()
        found.extend(numbers(place.open().fetch("gateways", limit=10, timeout_s=20)))
        took_s.append(time.monotonic() - begun)
        place.leave()

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    stream.publish([place.message(1)])
    thread.join(30)

    assert found == [1]
    assert took_s[0] < 5


def test_fetch__only_some_events__never_hands_out_others(place: Place, stream: EventStream) -> None:
    what = ["weights.changed", "gateway.published", "weights.changed", "rweights.changed"]
    stream.publish(
        [
            place.message(number, subject=f"vamp.acme.production.gateways.{each}")
            for number, each in enumerate(what, 1)
        ]
    )
    only = {"gateways.weights.changed", "gateways.route.added"}

    found = stream.fetch("gateways", limit=10, timeout_s=0, only=only)
    assert numbers(found) == [1, 3]
    stream.acknowledge("gateways", found)
    place.later()

    assert list(stream.fetch("gateways", limit=10, timeout_s=0, only=only)) == []
    assert fetched(stream, "policies") == [1, 2, 3, 4]


def test_fetch__only_some_events__one_left_open_comes_again(
    place: Place, stream: EventStream
) -> None:
    subjects = ["vamp.acme._.a.b.c", "vamp.acme._.a.b.d", "vamp.acme._.a.b.c", "vamp.acme._.a.b.c"]
    stream.publish([place.message(number, subject=s) for number, s in enumerate(subjects, 1)])

    first, *others = stream.fetch("gateways", limit=10, timeout_s=0, only={"a.b.c"})
    stream.acknowledge("gateways", others)
    place.later()

    (again,) = stream.fetch("gateways", limit=10, timeout_s=0, only={"a.b.c"})
    assert (again.id, again.deliveries) == (first.id, 2)


def test_purge__of_an_environment__others_stay_and_new_ones_come(
    place: Place, stream: EventStream
) -> None:
    staging = "vamp.acme.staging.gateways.gateway.changed"
    subjects = {1: staging, 3: staging}
    stream.publish(
        [
            place.message(number, **({"subject": subjects[number]} if number in subjects else {}))
            for number in (1, 2, 3, 4)
        ]
    )

    assert stream.purge("vamp.acme.staging.>") == 2
    assert stream.purge("vamp.acme.staging.>") == 0

    assert numbers(stream.replay(after=0, subject="vamp.acme.>", limit=10)) == [2, 4]
    assert fetched(stream) == [2, 4]
    stream.publish([place.message(5, subject=staging)])
    assert fetched(stream) == [5]


def test_purge__of_an_organisation__leaves_the_others(place: Place, stream: EventStream) -> None:
    theirs = "vamp.globex.production.gateways.gateway.changed"
    stream.publish([place.message(1), place.message(2, subject=theirs)])

    stream.purge("vamp.acme.>")

    assert numbers(stream.replay(after=0, subject="vamp.globex.>", limit=10)) == [2]
    assert numbers(stream.replay(after=0, subject="vamp.acme.>", limit=10)) == []
    stream.publish([place.message(3)])
    assert 3 in fetched(stream)


def test_purge__of_nobody__is_nothing(stream: EventStream) -> None:
    assert stream.purge("vamp.nobody.>") == 0


def test_check__of_an_organisation_with_events__is_well_and_changes_nothing(place: Place) -> None:
    stream = place.open()
    stream.prepare("acme")
    stream.publish([place.message(1)])

    found = stream.check("acme")

    assert found.is_prepared, found
    assert found.system
    assert found.version
    assert found.latency_ms is not None
    stored = stream.replay(after=0, subject="vamp.acme.>", limit=9)
    assert [message.position for message in stored] == [1]


def test_prepare__twice_before_the_first_event__takes_it(place: Place) -> None:
    stream = place.open()

    stream.prepare("acme")
    stream.prepare("acme")

    assert stream.check("acme").is_prepared
    stream.publish([place.message(1)])
    assert len(stream.replay(after=0, subject="vamp.acme.>", limit=9)) == 1
