"""Lists of objects, narrowed to those that somebody may see. One query, whatever was granted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any, Final, TypeVar

from django.db.models import (
    BooleanField,
    Case,
    F,
    Func,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)

from tenants.authorisation import Principal, authority_of
from tenants.domain.authority import Target
from tenants.domain.label_selector import LabelSelector, Requirement
from tenants.models import Environment

MOST_ALTERNATIVES: Final = 100

Rows = TypeVar("Rows", bound=QuerySet[Any])


def narrowed(
    rows: Rows,
    principal: Principal,
    right: str,
    environment: Environment,
    *,
    name: str = "name",
    labels: str = "",
) -> Rows:
    """Return those of `rows` to which `principal` may do `right`.

    Args:
        rows: of `environment`.
        principal: who asks.
        right: such as ``gateway.view``.
        environment: where.
        name: field with the name that bindings name an object by; of releases ``gateway__name``;
            empty where none can.
        labels: field with its labels, where its kind has any.
    """
    authority = authority_of(principal)
    if authority.is_everything:
        is_withheld = not authority.allows(right, Target(environment.name), time.time())
        return rows.none() if is_withheld else rows
    grants = authority.grants_of(right, environment.name, time.time())
    if any(grant.is_whole for grant in grants):
        return rows
    found: list[Q] = []
    names = {grant.object_name for grant in grants if grant.object_name}
    if names and name:
        found.append(Q(**{f"{name}__in": sorted(names)}))
    selectors = {grant.selector for grant in grants if grant.selector is not None}
    if selectors and labels:
        aliases = _aliases(selectors)
        rows = rows.alias(
            **{alias: _Label(F(labels), Value(f'$."{key}"')) for key, alias in aliases.items()}
        )
        found += _conditions(selectors, aliases)
    return _any_of(rows, found)


def _any_of(rows: Rows, conditions: Sequence[Q]) -> Rows:
    if not conditions:
        return rows.none()
    if len(conditions) <= MOST_ALTERNATIVES:
        return rows.filter(reduce(or_, conditions))
    # A list instead of a tree: databases limit how deep an expression may be.
    return rows.filter(
        Case(
            *(When(condition, then=Value(True)) for condition in conditions),
            default=Value(False),
            output_field=BooleanField(),
        )
    )


class _Label(Func):
    """One label out of a JSON object, NULL where it is missing or no text: as Python sees it.

    Not by a look-up such as ``labels__team``, nor by Django's transform: a label may be called like
    one of Django's look-ups, or ``1``, which they take for a place in a list.
    """

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:
        template = "CASE WHEN JSON_TYPE({0}) = 'text' THEN JSON_EXTRACT({0}) END"
        return self._filled(compiler, template)

    def as_mysql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:
        # As bytes: a collation of MySQL would take Shop and "shop " for shop.
        found = "JSON_EXTRACT({0})"
        text = f"CAST(JSON_UNQUOTE({found}) AS BINARY)"
        return self._filled(compiler, f"CASE WHEN JSON_TYPE({found}) = 'STRING' THEN {text} END")

    def _filled(self, compiler: Any, template: str) -> tuple[str, tuple[Any, ...]]:
        parts = [compiler.compile(each) for each in self.get_source_expressions()]
        sql = ", ".join(part for part, _ in parts)
        parameters = tuple(value for _, values in parts for value in values)
        return template.format(sql), parameters * template.count("{0}")


def _aliases(selectors: Iterable[LabelSelector]) -> Mapping[str, str]:
    keys = {each.key for selector in selectors for each in selector.requirements}
    return {key: f"_label{place}" for place, key in enumerate(sorted(keys))}


def _conditions(selectors: Iterable[LabelSelector], aliases: Mapping[str, str]) -> Iterator[Q]:
    """Yield what chooses; ``team=a`` and ``team=b`` of a thousand teams are asked as one."""
    values: dict[str, set[str]] = {}
    for selector in sorted(selectors, key=str):
        first, *others = selector.requirements
        if others or first.values is None or first.is_negated:
            yield reduce(and_, (_met(each, aliases[each.key]) for each in selector.requirements))
        else:
            values.setdefault(first.key, set()).update(first.values)
    for key, wanted in values.items():
        yield Q(**{f"{aliases[key]}__in": sorted(wanted)})


def _met(requirement: Requirement, alias: str) -> Q:
    is_missing = Q(**{f"{alias}__isnull": True})
    if requirement.values is None:
        return is_missing if requirement.is_negated else ~is_missing
    is_so = Q(**{f"{alias}__in": sorted(requirement.values)})
    return is_missing | ~is_so if requirement.is_negated else is_so
