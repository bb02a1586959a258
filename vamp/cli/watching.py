"""Watching work that goes on in the installation, until it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer

from vamp.cli.failure import Exit, Failure
from vamp.cli.progress import level
from vamp.cli.session import Session
from vamp.cli.waiting import turns

INTERVAL_S: Final = 0.3
LONGEST: Final = "10m"
"""For how long commands wait unless they are told."""

Wait = Annotated[bool, typer.Option("--wait", help="Wait until it is over.", show_default=False)]
Timeout = Annotated[
    str, typer.Option("--timeout", metavar="DURATION", help="Wait at most so long: 90s, 10m.")
]


@dataclass(frozen=True, slots=True)
class Seen:
    """How far something is.

    Attributes:
        is_over: there is nothing more to wait for.
        words: what it does now, or why it does not go on.
        done, total: pieces of work; 0 of 0 where that is not known.
        row: what the API says of it.
        ended: name of each piece that is over → a line that tells it, which is told once.
    """

    is_over: bool
    words: str = ""
    done: int = 0
    total: int = 0
    row: Any = None
    ended: Mapping[str, str] = field(default_factory=dict)


def watched(session: Session, what: str, look: Callable[[], Seen], *, timeout_s: float) -> Seen:
    """Return how it ended, with a bar on a terminal until then, and a line for each piece that ends.

    Args:
        session: for clock and terminal.
        what: is watched; stands before the bar.
        look: asks the API how far it is.
        timeout_s: seconds to wait at most.

    Raises:
        Failure: the time is over; the work goes on all the same.
    """
    words = ""
    told: set[str] = set()
    with level(session, what) as show:
        for _ in turns(session, timeout_s, INTERVAL_S):
            seen = look()
            for name in [each for each in seen.ended if each not in told]:
                show(seen.done, seen.total, seen.words, ended=seen.ended[name])
                told.add(name)
            if seen.is_over:
                return seen
            words = seen.words
            show(seen.done, seen.total, words)
    raise Failure(f"{what} is not over within {timeout_s:g} s: {words}", Exit.NOT_REACHED)
