"""Progress of long work: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from vamp.cli.session import Session
from vamp.cli.wording import visible

if TYPE_CHECKING:
    from rich.progress import Progress

SHORTEST = 3
"""Work of fewer pieces is over before a bar is read."""


@contextmanager
def progress(session: Session, what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Give a function that is called with each piece's name once the piece is done.

    The bar stands on standard error, so that what is printed stays clean.
    """
    if total < SHORTEST or not session.around.writes_to_terminal:
        yield lambda name: None
        return
    with _bar(session) as bar:
        task = bar.add_task(what, total=total, piece="")
        yield lambda name: bar.update(task, advance=1, piece=name)


class Level(Protocol):
    """Is told how far work is."""

    def __call__(self, done: int, total: int, piece: str, *, ended: str = "") -> None:
        """Show it.

        Args:
            done: so much of it is.
            total: may change; where it is 0 only that something goes on.
            piece: is being done.
            ended: a line that stays: it is told in pipes as well.
        """
        ...


@contextmanager
def level(session: Session, what: str) -> Iterator[Level]:
    """Give a function that is called with how much of how much is done, and what is being done."""
    if not session.around.writes_to_terminal:

        def tell(done: int, total: int, piece: str, *, ended: str = "") -> None:
            if ended:
                session.out.say(ended)

        yield tell
        return
    with _bar(session) as bar:
        task = bar.add_task(what, total=None, piece="")

        def show(done: int, total: int, piece: str, *, ended: str = "") -> None:
            if ended:
                bar.console.print(visible(ended), markup=False, highlight=False, emoji=False)
            bar.update(task, completed=done, total=total or None, piece=visible(piece))

        yield show


@contextmanager
def _bar(session: Session) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(
        file=session.around.stderr, width=session.around.width, force_terminal=True,
        no_color=not session.out.has_colour,
    )  # fmt: skip
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[piece]}", markup=False),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar
