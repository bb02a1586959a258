"""Lists of objects, narrowed to those that somebody may see. One query, whatever was granted."""

from __future__ import annotations

import time
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from tenants.authorisation import Principal, authority_of
from tenants.domain.label_selector import LabelSelector, Requirement
from tenants.models import Environment

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
        return rows
    grants = authority.grants_of(right, environment.name, time.time())
    if any(grant.is_whole for grant in grants):
        return rows
    found = [Q(pk__in=())]  # nothing, where there is no grant
    names = {grant.object_name for grant in grants if grant.object_name}
    if names and name:
        found.append(Q(**{f"{name}__in": sorted(names)}))
    selectors = {grant.selector for grant in grants if grant.selector is not None}
    for place, selector in enumerate(sorted(selectors, key=str) if labels else ()):
        rows, condition = _chosen(rows, selector, labels, f"_label{place}")
        found.append(condition)
    return rows.filter(reduce(or_, found))


def _chosen(rows: Rows, selector: LabelSelector, labels: str, prefix: str) -> tuple[Rows, Q]:
    condition = Q()
    for place, requirement in enumerate(selector.requirements):
        alias = f"{prefix}_{place}"
        # Not by a look-up such as labels__team: a label may be called like one of Django's.
        rows = rows.alias(**{alias: KeyTextTransform(requirement.key, labels)})
        condition &= _met(requirement, alias)
    return rows, condition


def _met(requirement: Requirement, alias: str) -> Q:
    is_missing = Q(**{f"{alias}__isnull": True})
    if requirement.values is None:
        return is_missing if requirement.is_negated else ~is_missing
    is_so = Q(**{f"{alias}__in": sorted(requirement.values)})
    return is_missing | ~is_so if requirement.is_negated else is_so
