"""Dry runs: the whole change is made, looked at, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rehearsed(database: str, *, is_dry_run: bool) -> Iterator[None]:
    """Run the block in a transaction on `database`, which a dry run takes back at its end.

    So a dry run meets every rule and every conflict that the real run would meet. Audit entries
    and events of the block go with it.
    """
    with transaction.atomic(using=database):
        yield
        if is_dry_run:
            transaction.set_rollback(True, using=database)
