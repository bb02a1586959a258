"""Walking the chains for a command: every database in turn, with progress on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vamp.audit import anchoring, signing
from vamp.audit.findings import Verdict
from vamp.audit.sealing import end_of
from vamp.audit.signing import Keys, KeysUnreadable
from vamp.audit.verifying import verify
from vamp.ports.errors import PortError


def verdicts_of(
    databases: Sequence[str], keys: Keys, organisation: str = ""
) -> tuple[list[Verdict], list[str]]:
    """Verify the chain of each database.

    Returns:
        What came of it, and why the others could not be checked.
    """
    verdicts: list[Verdict] = []
    failures: list[str] = []
    with progress() as shown:
        for database in databases:
            try:
                verdicts.append(_verdict(database, keys, organisation, shown))
            except (DatabaseError, PortError, KeysUnreadable) as error:
                failures.append(f"{database}: {error}")
    return verdicts, failures


def progress() -> Progress:
    """Show how far it is, on standard error, where that is a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _verdict(database: str, keys: Keys, organisation: str, shown: Progress) -> Verdict:
    anchor = anchoring.read(signing.store(), database)
    task = shown.add_task(database, total=max(1, end_of(database).position))
    verdict = verify(
        database,
        keys,
        anchor=anchor,
        organisation=organisation,
        on_progress=lambda position: shown.update(task, completed=position),
    )
    shown.update(task, completed=max(1, verdict.head))
    return verdict
