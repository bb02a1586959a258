from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vamp.drivers.events.progress import Handed, Progress

AHEAD = 8


class Consumer(RuleBasedStateMachine):
    """A consumer over stored positions with gaps, against a plain set of what is done."""

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress()
        self.stored: list[int] = []
        self.done: set[int] = set()
        self.now_ms = 0

    @rule(gap=st.integers(1, 3))
    def publish(self, gap: int) -> None:
        self.stored.append((self.stored[-1] if self.stored else 0) + gap)

    @rule(limit=st.integers(1, 6))
    def fetch(self, limit: int) -> None:
        held_back = self.progress.held_back(self.now_ms)
        after = [place for place in self.stored if place > self.progress.position]
        waiting = [place for place in after if place not in held_back][:limit]
        before = self.progress.in_flight
        self.progress = self.progress.handing_out(
            waiting, visible_again_ms=self.now_ms + 100, ahead=AHEAD
        )
        handed = [place for place in waiting if place in self.progress.in_flight]
        assert not set(handed) & self.done
        for place in handed:
            known = before.get(place)
            assert self.progress.in_flight[place].deliveries == (
                known.deliveries + 1 if known else 1
            )

    @rule(by=st.integers(1, 150))
    def wait(self, by: int) -> None:
        self.now_ms += by

    @rule(picks=st.lists(st.integers(0, 40), max_size=4))
    def acknowledge(self, picks: list[int]) -> None:
        handed = sorted({*self.progress.in_flight, *self.done})
        places = [handed[pick % len(handed)] for pick in picks if handed]
        self.done.update(places)
        progress = self.progress.finishing(places)
        still_open = [
            place
            for place in self.stored
            if place > progress.position and place not in progress.done
        ]
        self.progress = progress.compacted(still_open[0] if still_open else None)

    @invariant()
    def what_is_done_is_known(self) -> None:
        known = {
            place
            for place in self.stored
            if place <= self.progress.position or place in self.progress.done
        }
        assert known == self.done

    @invariant()
    def it_stays_small(self) -> None:
        assert len(self.progress.done) + len(self.progress.in_flight) <= AHEAD
        assert all(place > self.progress.position for place in self.progress.done)
        assert not self.progress.done & self.progress.in_flight.keys()


TestConsumer = Consumer.TestCase
TestConsumer.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_handing_out__no_room__repeats_only_what_is_in_flight() -> None:
    full = Progress(0, frozenset({5}), {1: Handed(10, 1), 2: Handed(10, 4)})

    after = full.handing_out([1, 2, 3], visible_again_ms=99, ahead=3)

    assert after.in_flight == {1: Handed(99, 2), 2: Handed(99, 5)}


def test_compacted__nothing_open__forgets_all_that_is_done() -> None:
    progress = Progress(3, frozenset({5, 9}))

    assert progress.compacted(None) == Progress(9)
    assert progress.compacted(4) == progress
    assert progress.compacted(7) == Progress(5, frozenset({9}))


def test_passing__some_in_flight__stops_before_the_first_of_them() -> None:
    progress = Progress(5, frozenset({7, 12}), {9: Handed(1, 1)})

    assert progress.passing(20) == Progress(8, frozenset({12}), {9: Handed(1, 1)})


def test_passing__nothing_in_flight__reaches_the_newest_and_never_goes_back() -> None:
    assert Progress(5, frozenset({7, 12})).passing(20) == Progress(20)
    assert Progress(30).passing(20) == Progress(30)
