"""Steps of long work in words: a line for each, with what keeps it and how to mend that below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vamp.cli.session import Session
from vamp.cli.wording import visible

STATE_WIDTH: Final = 10
"""Columns of the longest state, and air behind it."""

_STYLES: Final[Mapping[str, str]] = {
    "done": "good", "failed": "bad", "waiting": "watch", "by hand": "watch", "running": "strong",
    "skipped": "quiet", "next": "quiet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step.

    Attributes:
        state: how far it is, in one or two words.
        words: what it does.
        more: what is to be known beside that, a sentence each; may be empty.
    """

    state: str
    words: str
    more: Sequence[str] = ()

    def __str__(self) -> str:
        """Return all of it in one line, as it is told while the work goes on."""
        return "; ".join([f"{self.state.ljust(STATE_WIDTH)}{self.words}", *self.more])


def write_steps(session: Session, title: Sequence[str], steps: Sequence[StepLine]) -> None:
    """Print steps below sentences on the whole: folded to a terminal's width, uncut in a pipe."""
    width = session.around.width if session.around.writes_to_terminal else 0
    lines = [line for sentence in title for line in _folded(sentence, width)]
    for line in (*lines, *_lines(session, steps, width - STATE_WIDTH)):
        session.out.write(line + "\n")


def _lines(session: Session, steps: Sequence[StepLine], width: int) -> Iterator[str]:
    indent = " " * STATE_WIDTH
    for step in steps:
        first, *rest = _folded(step.words, width)
        rest += [line for sentence in step.more for line in _folded(sentence, width)]
        state = step.state.ljust(STATE_WIDTH)
        yield session.out.styled(state, _STYLES.get(step.state, "strong")) + first
        yield from (f"{indent}{line}" for line in rest)


def _folded(text: str, width: int) -> list[str]:
    text = visible(" ".join(text.split()))
    return (textwrap.wrap(text, width, break_on_hyphens=False) if width > 0 else [text]) or [""]
