"""The rows of an environment, whichever app they are of: counted, and deleted in small batches.

They are found by what they inherit from, so that a model of tomorrow is counted and deleted too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, Model, Q, QuerySet

from tenants.models import Environment
from tenants.models.owned import EnvironmentOwned
from tenants.owned_parts import parts
from vamp.models import DeadLetter, Fence, Lease, NamedLock, OutboxEvent, RollupRow

BATCH = 500

BY_NAME: Final[Sequence[type[Model]]] = (OutboxEvent, DeadLetter, RollupRow)
"""Rows that name organisation and environment. Not the audit trail, which outlives both, nor the
fences, which are no data: they go when nobody needs the names any more.
"""


@cache
def owned_models() -> Sequence[type[EnvironmentOwned]]:
    """Return every model whose rows are an environment's; those that refer to others come first."""
    models = [model for model in _subclasses(EnvironmentOwned) if not model._meta.abstract]
    graph: dict[type[EnvironmentOwned], set[type[EnvironmentOwned]]] = {
        model: set() for model in models
    }
    for model in models:
        for field in model._meta.fields:
            target = field.related_model
            if isinstance(target, type) and target in graph and target is not model:
                graph[target].add(model)  # whoever refers goes before what it refers to
    return list(TopologicalSorter(graph).static_order())


def counted(environment: Environment) -> Mapping[str, int]:
    """Return how many rows of each kind there are, none of none. Cost: a query a model.

    What others refer to comes first: gateways before their routes.
    """
    kinds = reversed(list(_everything(environment)))
    found: dict[str, int] = {}
    for model, rows in kinds:
        found[_words(model)] = found.get(_words(model), 0) + rows.count()
    return {kind: count for kind, count in found.items() if count}


def delete_rows(environment: Environment) -> Iterator[tuple[int, int]]:
    """Delete all of the environment's rows but its own, batch by batch; yield done and total.

    Each batch is a short transaction of its own: what is deleted stays deleted where the process
    ends between two. Yields nothing where there is nothing.
    """
    total = sum(counted(environment).values())
    done = 0
    for _, rows in _everything(environment):
        for count in _in_batches(rows, rows.db):
            done += count
            yield done, max(total, done)
    _forget_names(environment)


def delete_by_name(model: type[Model], database: str, **names: Any) -> int:
    """Delete the rows of `model` that name an organisation or environment; return how many."""
    return sum(_in_batches(_named(model, database, **names), database))


def held_leases(environment: Environment) -> Sequence[Lease]:
    """Return the leases under which somebody may still work on the environment. One query."""
    rows = Lease.objects.using(environment.database)
    return list(rows.filter(name__in=lease_names(environment)))


def lease_names(environment: Environment) -> Sequence[str]:
    """Return the names of the leases of work on the environment."""
    return [name.format(environment.pk) for part in parts() for name in part.leases]


def _everything(environment: Environment) -> Iterator[tuple[type[Model], QuerySet[Any]]]:
    for owned in owned_models():
        yield (
            owned,
            owned._base_manager.using(environment.database).filter(environment_id=environment.pk),
        )
    names = {"organisation": environment.organisation.name, "environment": environment.name}
    for database in environment.databases:  # a move leaves events and dead letters where they were
        for model in BY_NAME:
            yield model, _named(model, database, **names)


def _named(model: type[Model], database: str, **names: Any) -> QuerySet[Any]:
    rows = model._default_manager.using(database)
    if model is not OutboxEvent:
        return rows.filter(**names)
    # Positions are counted from the newest event; one given twice would be missed by consumers.
    newest = rows.aggregate(newest=Max("position"))["newest"]
    return rows.filter(~Q(position=newest) | Q(position=None), **names)


def _in_batches(rows: QuerySet[Any], database: str) -> Iterator[int]:
    while True:
        ids = list(rows.order_by().values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        with transaction.atomic(using=database):
            rows.filter(pk__in=ids).delete()
        yield len(ids)


def _forget_names(environment: Environment) -> None:
    """Remove leases and locks, which no other environment's id will ever name, and the fences.

    A fence that stayed where the environment once was would refuse the rows of a later one of its
    name there.
    """
    for database in environment.databases:
        Fence.objects.using(database).filter(environment_id=environment.pk).delete()
    database = environment.database
    Lease.objects.using(database).filter(name__in=lease_names(environment)).delete()
    NamedLock.objects.using(database).filter(name=f"gateways/{environment.pk}").delete()


def _subclasses(model: type[Any]) -> Iterator[type[Any]]:
    for each in model.__subclasses__():
        yield each
        yield from _subclasses(each)


def _words(model: type[Model]) -> str:
    return str(model._meta.verbose_name_plural)
