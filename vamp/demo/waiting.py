"""Waiting for a condition, with a limit and an error that says what was seen instead."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class WaitedInVain(Exception):
    """Something did not come about in time; the text says what, and what was seen last."""


@dataclass(frozen=True, slots=True)
class Look(Generic[T]):
    """One look at what is waited for.

    Attributes:
        found: what was waited for; None where it is not there yet.
        seen: what there is instead, in a few words.
    """

    found: T | None
    seen: str


class Waiting:
    """Looks again and again.

    Args:
        pause_s: between two looks.
        each_look: called before every look, to keep a screen alive.
        clock_s: rising seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        *,
        pause_s: float = 0.25,
        each_look: Callable[[], None] = lambda: None,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause_s = pause_s
        self._each_look = each_look
        self._clock_s = clock_s
        self._sleep = sleep

    def until(self, what: str, look: Callable[[], Look[T]], *, limit_s: float) -> T:
        """Return what `look` finds.

        Args:
            what: is waited for, for the error.
            look: asked at least once.
            limit_s: longest wait.

        Raises:
            WaitedInVain: it was not found in time.
        """
        deadline = self._clock_s() + limit_s
        while True:
            self._each_look()
            seen = look()
            if seen.found is not None:
                return seen.found
            if self._clock_s() >= deadline:
                raise WaitedInVain(f"waited {limit_s:g} s for {what}; seen: {seen.seen}")
            self._sleep(self._pause_s)
