"""Copying rows of some tables from one database to another, and proving that they are the same.

Rows keep their primary keys and every column. A copy is brought up to date by comparing digests, so
the same call serves for the first copy, for what changed meanwhile, after a crash, and as a check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.models import Count, Max, Model, Q, QuerySet, Sum
from django.db.models.fields.json import JSONField

from vamp.documents.canonical import canonical

BATCH = 500
SPAN = 10_000
"""Primary keys whose rows are compared by one sum, of tables that are only added to."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one table that are copied.

    Attributes:
        model: of the table.
        condition: which of its rows.
        sums: columns whose sums tell whether many rows are the same, for rows that are written once
            and never changed; empty where rows change.
    """

    model: type[Model]
    condition: Q
    sums: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name for people: ``gateways.gateway``."""
        return self.model._meta.label_lower

    def rows(self, database: str) -> QuerySet[Any]:
        """Return its rows in `database`, by primary key."""
        return self.model._base_manager.using(database).filter(self.condition).order_by("pk")


@dataclass(slots=True)
class Tally:
    """What a pass did."""

    seen: int = 0
    written: int = 0
    removed: int = 0

    @property
    def changed(self) -> int:
        """Rows that were not the same."""
        return self.written + self.removed


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves that a table's rows are the same in two places: their number and a digest."""

    rows: int
    digest: str


def in_order(models: Sequence[type[Model]]) -> Sequence[type[Model]]:
    """Return `models` so that each comes after those that its foreign keys point to."""
    left, found = list(models), list[type[Model]]()
    while left:
        free = [model for model in left if not (_parents(model) & {*left} - {model})] or left[:1]
        found += free
        left = [model for model in left if model not in free]
    return found


def bring(
    table: Table, source: str, target: str, beat: Callable[[int], None] = lambda rows: None
) -> Tally:
    """Make the rows in `target` what they are in `source`; `beat` is told of each batch's size.

    Foreign keys are not looked at meanwhile (see `check`), so that tables may come in any order and
    rows may trade unique values. Cost: both sides are read once; what differs is written. A table
    with `sums` costs one sum a side for each `SPAN` of keys, and reads spans that differ.
    """
    tally = Tally()
    with _without_checks(target):
        if table.sums:
            for first, last in _spans_that_differ(table, source, target):
                _bring_range(table, source, target, first, last, tally, beat)
        else:
            _bring_range(table, source, target, None, None, tally, beat)
    return tally


def check(tables: Sequence[Table], database: str) -> None:
    """See that every foreign key of the tables points somewhere.

    Raises:
        IntegrityError: one does not.
    """
    connections[database].check_constraints([table.model._meta.db_table for table in tables])


def proof(table: Table, database: str) -> Proof:
    """Return number and digest of a table's rows. Reads them all; sums where the table has them."""
    whole = hashlib.sha256()
    if table.sums:
        spans = _sums(table, database)
        for span in sorted(spans):
            whole.update(repr((span, spans[span])).encode())
        return Proof(sum(each[0] for each in spans.values()), whole.hexdigest())
    rows = 0
    for pk, digest in _digests(table.rows(database)):
        whole.update(f"{pk}:{digest}\n".encode())
        rows += 1
    return Proof(rows, whole.hexdigest())


def taken(table: Table, source: str, target: str) -> Sequence[Any]:
    """Return primary keys of `source`'s rows that other rows have in `target`; the first few."""
    others = table.model._base_manager.using(target).exclude(table.condition)
    found: list[Any] = []
    for keys in _batches_of_keys(table.rows(source)):
        found += others.filter(pk__in=keys).values_list("pk", flat=True)
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


SHOWN = 5


def _bring_range(
    table: Table, source: str, target: str, first: Any, last: Any, tally: Tally,
    beat: Callable[[int], None],
) -> None:  # fmt: skip
    after, is_last = first, False
    while not is_last:
        rows = list(_range(table.rows(source), after, last)[:BATCH])
        is_last = len(rows) < BATCH
        until = last if is_last else rows[-1].pk
        _bring_batch(table, rows, _range(table.rows(target), after, until), target, tally)
        tally.seen += len(rows)
        beat(len(rows))
        after = until


def _bring_batch(
    table: Table, rows: Sequence[Any], there: QuerySet[Any], target: str, tally: Tally
) -> None:
    held = dict(_digests(there))
    wanted = {row.pk: digest_of(row) for row in rows}
    news = [row for row in rows if held.get(row.pk) != wanted[row.pk]]
    gone = [pk for pk in held if pk not in wanted]
    stale = gone + [row.pk for row in news if row.pk in held]
    if not stale and not news:
        return
    manager = table.model._base_manager.using(target)
    with transaction.atomic(using=target):
        if stale:
            remove(table.model, stale, target)
        if news:
            fields = table.model._meta.local_concrete_fields
            # Raw: as they are, with no field filling in the present time.
            manager._insert(news, fields=fields, using=target, raw=True)  # type: ignore[attr-defined]  # noqa: SLF001
    tally.written += len(news)
    tally.removed += len(gone)


def remove(model: type[Model], keys: Sequence[Any], database: str) -> None:
    """Remove rows by primary key, and not, as `delete` would, what points to them."""
    rows = model._base_manager.using(database).filter(pk__in=keys).order_by()
    rows._raw_delete(database)  # noqa: SLF001


def _range(rows: QuerySet[Any], after: Any, until: Any) -> QuerySet[Any]:
    """Narrow to ``after < pk <= until``; None for an open end."""
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return rows if until is None else rows.filter(pk__lte=until)


def _batches_of_keys(rows: QuerySet[Any]) -> Iterator[Sequence[Any]]:
    after = None
    while keys := list(_range(rows, after, None).values_list("pk", flat=True)[:BATCH]):
        yield keys
        after = keys[-1]


def _digests(rows: QuerySet[Any]) -> Iterator[tuple[Any, str]]:
    after = None
    while batch := list(_range(rows, after, None)[:BATCH]):
        for row in batch:
            yield row.pk, digest_of(row)
        after = batch[-1].pk


def digest_of(row: Model) -> str:
    """Return a digest of every column of `row`, the same on every kind of database."""
    values = {
        field.attname: canonical(getattr(row, field.attname))
        if isinstance(field, JSONField)
        else repr(getattr(row, field.attname))
        for field in row._meta.local_concrete_fields
    }
    return hashlib.blake2b(repr(sorted(values.items())).encode(), digest_size=16).hexdigest()


def _spans_that_differ(table: Table, source: str, target: str) -> Sequence[tuple[int, int]]:
    here, there = _sums(table, source), _sums(table, target)
    return [
        (span * SPAN - 1, span * SPAN + SPAN - 1)
        for span in sorted(here.keys() | there.keys())
        if here.get(span) != there.get(span)
    ]


def _sums(table: Table, database: str) -> Mapping[int, tuple[Any, ...]]:
    pk = table.model._meta.pk
    totals = {f"total_{name}": Sum(name) for name in table.sums}
    newest = table.rows(database).aggregate(newest=Max("pk"))["newest"]
    found: dict[int, tuple[Any, ...]] = {}
    after = -1
    while newest is not None and after < newest:
        first = _range(table.rows(database), after, None).values_list("pk", flat=True).first()
        if first is None:
            break
        span = first // SPAN
        rows = _range(table.rows(database), span * SPAN - 1, span * SPAN + SPAN - 1).order_by()
        sums = rows.aggregate(number=Count(pk.attname), keys=Sum(pk.attname), **totals)
        found[span] = tuple(round(float(each or 0), 3) if isinstance(each, float) else int(each or 0)
                            for each in sums.values())  # fmt: skip
        after = span * SPAN + SPAN - 1
    return found


def _parents(model: type[Model]) -> set[type[Model]]:
    return {
        field.related_model
        for field in model._meta.local_concrete_fields
        if field.is_relation and isinstance(field.related_model, type)
    }


class _without_checks:  # noqa: N801 used as a function is
    """Let foreign keys be wrong for a while, on one connection."""

    def __init__(self, database: str) -> None:
        self._database = database

    def __enter__(self) -> None:
        connection = connections[self._database]
        connection.ensure_connection()
        self._were_off = connection.disable_constraint_checking()

    def __exit__(self, *raised: object) -> None:
        if self._were_off:
            connections[self._database].enable_constraint_checking()
