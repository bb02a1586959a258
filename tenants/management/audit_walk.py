"""Walking the chains for a command: every database in turn, with progress on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tenants.models import Organisation
from tenants.selectors import namespaces_of
from tenants.services.retention import since_when_kept
from vamp.audit import anchoring, signing
from vamp.audit.archiving import archive_of
from vamp.audit.comparing import Comparing
from vamp.audit.findings import Comparison, Verdict
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


def comparisons_of(
    databases: Sequence[str], organisation: Organisation | None
) -> tuple[list[Comparison], list[str]]:
    """Compare the chain of each database with the archives of an organisation, or of all.

    Returns:
        What came of it, and what could not be compared, such as where nobody keeps an archive.
    """
    comparisons: list[Comparison] = []
    failures: list[str] = []
    namespaces = namespaces_of(organisation)
    with progress() as shown:
        for database in databases:
            task = shown.add_task(f"{database} and archives", total=None)
            comparing = Comparing(
                database,
                archive_of,
                kept_since=since_when_kept(timezone.now()),
                on_progress=partial(shown.advance, task),
            )
            try:
                comparisons.append(comparing.compare(namespaces))
            except DatabaseError as error:
                failures.append(f"{database} and archives: {error}")
    failures += [f"archive of {said}" for found in comparisons for said in found.failures]
    if comparisons and not failures and not any(found.archives for found in comparisons):
        failures.append("no archive is kept: see VAMP_METRICS_URL and VAMP_AUDIT_FOLDER")
    return comparisons, failures


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
