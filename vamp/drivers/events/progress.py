"""How far a consumer is through a stream of positions: what is done, what is handed out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Handed:
    """A message that was handed out and is not done.

    Attributes:
        until_ms: when it may be handed out again, milliseconds since 1970.
        deliveries: how often it was handed out.
    """

    until_ms: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Progress:
    """One consumer's place.

    Attributes:
        position: everything at or before it is done.
        done: positions after it that are done already.
        in_flight: position → what was handed out and is not done.
    """

    position: int = 0
    done: frozenset[int] = frozenset()
    in_flight: Mapping[int, Handed] = field(default_factory=dict)

    def held_back(self, now_ms: int) -> frozenset[int]:
        """Return the positions after `position` that are not to be handed out now."""
        return self.done | {
            place for place, handed in self.in_flight.items() if handed.until_ms > now_ms
        }

    def next_expiry_ms(self) -> int | None:
        """Return when the first message in flight may be handed out again."""
        return min((handed.until_ms for handed in self.in_flight.values()), default=None)

    def handing_out(self, waiting: Sequence[int], *, visible_again_ms: int, ahead: int) -> Progress:
        """Return the progress after handing out messages of `waiting`, as many as `ahead` allows.

        Args:
            waiting: positions not held back, ascending.
            visible_again_ms: when they are handed out again unless done.
            ahead: at most so many positions are kept beyond `position`; one that is handed out
                again is kept already, so it always goes.
        """
        room = ahead - len(self.done) - len(self.in_flight)
        handed = dict(self.in_flight)
        for place in waiting:
            before = self.in_flight.get(place)
            if before is None:
                room -= 1
                if room < 0:
                    continue
            deliveries = before.deliveries + 1 if before else 1
            handed[place] = Handed(visible_again_ms, deliveries)
        return replace(self, in_flight=handed)

    def finishing(self, places: Iterable[int]) -> Progress:
        """Return the progress once `places` are done; those done before change nothing."""
        finished = frozenset(place for place in places if place > self.position)
        in_flight = {
            place: handed for place, handed in self.in_flight.items() if place not in finished
        }
        return replace(self, done=self.done | finished, in_flight=in_flight)

    def compacted(self, first_open: int | None) -> Progress:
        """Return the same with everything before the first open message forgotten.

        Args:
            first_open: lowest stored position after `position` that is not done; None if all are.
        """
        behind = [place for place in self.done if first_open is None or place < first_open]
        position = max(behind, default=self.position)
        return Progress(
            position=position,
            done=self.done - frozenset(behind),
            in_flight={
                place: handed for place, handed in self.in_flight.items() if place > position
            },
        )

    def passing(self, newest: int) -> Progress:
        """Return the same with everything up to `newest` done that was not handed out.

        Args:
            newest: every event up to here that is not in flight is done or concerns others.
        """
        first_open = min(self.in_flight, default=newest + 1)
        position = max(self.position, min(newest, first_open - 1))
        return replace(
            self, position=position, done=frozenset(p for p in self.done if p > position)
        )
