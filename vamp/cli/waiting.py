"""Waiting until something is so, for at most so long."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.session import Session

_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds_of(text: str) -> float:
    """Return a duration such as ``90s``, ``1h30m`` or ``2`` (seconds).

    Raises:
        Failure: it is none.
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise misused(f"{text} is no duration; such as 90s, 5m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def turns(session: Session, timeout_s: float, interval_s: float) -> Iterator[int]:
    """Yield 1, 2, 3 … with pauses between, until the time is over."""
    ends = session.around.clock() + timeout_s
    number = 0
    while True:
        number += 1
        yield number
        left_s = ends - session.around.clock()
        if left_s <= 0:
            return
        session.around.sleep(min(interval_s, left_s))


def wait_until(
    session: Session,
    look: Callable[[], tuple[bool, str]],
    *,
    timeout_s: float,
    interval_s: float = 0.5,
) -> str:
    """Return what `look` says once it is satisfied.

    Args:
        session: for the clock.
        look: tells whether it is so, and how it is, as a sentence.
        timeout_s: seconds to wait at most.
        interval_s: seconds between looks.

    Raises:
        Failure: the time is over; with the last sentence.
    """
    said = ""
    for _ in turns(session, timeout_s, interval_s):
        is_so, said = look()
        if is_so:
            return said
    raise Failure(f"not within {timeout_s:g} s: {said}", Exit.NOT_REACHED)
