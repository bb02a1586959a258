"""Where a database goes on numbering its rows: each has ranges that no other one gives out."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections
from django.db.models import AutoField, BigAutoField, Model

RANGE_BITS = 32
"""Rows of one table in a range; 2²¹ ranges fit into the numbers that JavaScript can hold."""


def first_of(number: int) -> int:
    """Return the first row number of a range."""
    return number << RANGE_BITS


def numbered(models: Sequence[type[Model]]) -> Sequence[type[Model]]:
    """Return those of `models` whose rows the database numbers by itself."""
    return [model for model in models if isinstance(model._meta.pk, AutoField | BigAutoField)]


def begin_at(database: str, first: int, models: Sequence[type[Model]]) -> None:
    """Let the next row of each table get the number `first`, or a higher one. Idempotent.

    A short change of each table: on MySQL it waits for the transactions that use the table.
    """
    connection = connections[database]
    with connection.cursor() as cursor:
        for model in numbered(models):
            table = model._meta.db_table
            if connection.vendor == "sqlite":
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
                held = cursor.fetchone()
                if held is None:
                    cursor.execute(
                        "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)",
                        [table, first - 1],
                    )
                elif held[0] < first - 1:
                    cursor.execute(
                        "UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [first - 1, table]
                    )
            else:
                name = connection.ops.quote_name(table)
                cursor.execute(f"ALTER TABLE {name} AUTO_INCREMENT = %s", [first])
