"""What every event stream owes to who publishes and who fetches."""

from __future__ import annotations

import threading
import time

import pytest

from tests.contracts.stream_places import Place, fetched, numbers
from vamp.ports.events import EventStream

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


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
