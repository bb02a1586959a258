"""What the person may do, as the screens ask it; `vamp.adminsite` finds this by the settings."""

from __future__ import annotations

import time
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.authorisation import authority_of, may
from tenants.domain.authority import ORGANISATION
from tenants.labels import target_in
from tenants.narrowing import narrowed
from tenants.pages.switcher import environment_of


def may_in_organisation(request: HttpRequest, right: str) -> bool:
    """Tell whether the person may do `right` in all of their organisation."""
    user: Any = request.user
    return user.is_authenticated and may(user, right, ORGANISATION)


def may_in_environment(request: HttpRequest, right: str) -> bool:
    """Tell whether the person may do `right` to anything in the chosen environment."""
    user: Any = request.user
    environment = environment_of(request)
    if not user.is_authenticated or environment is None:
        return bool(user.is_authenticated) and right.endswith(".view")  # an empty list says why
    authority, now_s = authority_of(user), time.time()
    return authority.allows(right, target_in(environment, right.partition(".")[0]), now_s) or bool(
        authority.grants_of(right, environment.name, now_s)
    )


def may_in_all(request: HttpRequest, right: str) -> bool:
    """Tell whether the person may do `right` in all of the chosen environment."""
    user: Any = request.user
    environment = environment_of(request)
    if not user.is_authenticated or environment is None:
        return False
    return may(user, right, target_in(environment, right.partition(".")[0]))


def narrowed_rows(
    request: HttpRequest, rows: QuerySet[Any], right: str, name: str, labels: str
) -> QuerySet[Any]:
    """Return those of `rows` of the chosen environment that the person may see.

    Args:
        request: whose.
        rows: of the chosen environment, which there must be.
        right: such as ``gateway.view``.
        name: field with the name by which bindings name an object; empty where none can.
        labels: field with its labels; empty where it has none.
    """
    user: Any = request.user
    environment = environment_of(request)
    if environment is None:
        return rows.none()
    return narrowed(rows, user, right, environment, name=name, labels=labels)
