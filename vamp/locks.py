"""Transactions that go one after another, where a rule spans rows that none of them locks alone.

That no two gateways lead to each other is such a rule: two transactions that each change one of
them see nothing of each other on MySQL, and each is right by itself.
"""

from __future__ import annotations

from django.db import connections

from vamp.models.lock import NamedLock


def hold(name: str, *, using: str) -> None:
    """Wait until no other transaction holds `name`, and hold it until the caller's own ends.

    Take it before any row, so that all who take it go in the same order. Cost: one statement; none
    on SQLite, where writers go one after another anyway.

    Raises:
        RuntimeError: called outside a transaction, where nothing could be held.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError(f"the lock {name} was asked for outside a transaction on {using}")
    if not connection.features.has_select_for_update:
        return
    rows = NamedLock.objects.using(using)
    if rows.select_for_update().filter(name=name).first() is None:
        rows.bulk_create([NamedLock(name=name)], ignore_conflicts=True)
        rows.select_for_update().get(name=name)
