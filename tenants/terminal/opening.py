"""Noting that somebody opened a door behind all doors: a shell of Python or of SQL."""

from __future__ import annotations

from django.db import DatabaseError, transaction

from vamp import audit
from vamp.databases import DEFAULT
from vamp.terminal import person


def note_opening(kind: str) -> str:
    """Leave an entry of the installation's trail that a shell was opened.

    What is done in it, the trail cannot know. A shell must open above all when something is
    broken, so a database that cannot take the entry is no reason to refuse.

    Args:
        kind: ``shell`` or ``dbshell``.

    Returns:
        What went wrong, to be told to the person; empty where nothing did.
    """
    try:
        with transaction.atomic(using=DEFAULT):
            audit.record(
                person(), f"{kind}.opened", kind, kind, using=DEFAULT, organisation=""
            )  # fmt: skip
    except DatabaseError as error:
        return f"That this {kind} was opened could not be noted in the audit trail: {error}"
    return ""
