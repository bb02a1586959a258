"""Progress of long work: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vamp.cli.session import Session

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
        task = bar.add_task(what, total=total, piece="")
        yield lambda name: bar.update(task, advance=1, piece=name)
