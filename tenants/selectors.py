"""Reading tenants: always narrowed by who asks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from tenants.authorisation import Principal, authority_of
from tenants.models import (
    ApiToken,
    Deletion,
    Environment,
    EnvironmentQuerySet,
    LifeState,
    Organisation,
    User,
)
from tenants.models.principal import ServiceAccount
from vamp.databases import DEFAULT
from vamp.errors import NotFound
from vamp.prepared import PreparedRows

R = TypeVar("R", Organisation, Environment)

ALL_STATES = "all"
"""Asks `in_state` for every row."""


def environments_for(user: Principal) -> EnvironmentQuerySet:
    """Return the environments in which `user` may do anything, with their organisations.

    One query, and what `authority_of` costs.
    """
    rows = Environment.objects.using(DEFAULT).select_related("organisation").visible_to(user)
    reached = authority_of(user).reached(time.time())
    return rows if reached is None else rows.filter(name__in=sorted(reached))


def environment_for(user: Principal, organisation: str, environment: str) -> Environment:
    """Return one environment by its path.

    Raises:
        NotFound: there is none of that path, or it is another tenant's: the same answer for both.
    """
    found = environments_for(user).filter(organisation__name=organisation, name=environment).first()
    if found is None:
        raise NotFound(f"There is no environment {organisation}/{environment}.")
    return found


def in_state(rows: QuerySet[R], state: str) -> QuerySet[R]:
    """Return those of `rows` in `state`; without one all but the archived."""
    if state == ALL_STATES:
        return rows
    is_archived = Q(state=LifeState.ARCHIVED)
    is_deleting = Q(state=LifeState.DELETING)
    if rows.model is Environment:
        is_archived |= Q(organisation__state=LifeState.ARCHIVED)
        is_deleting |= Q(organisation__state=LifeState.DELETING)
    if not state:
        return rows.exclude(is_archived & ~is_deleting)
    if state == LifeState.DELETING:
        return rows.filter(is_deleting)
    if state == LifeState.ARCHIVED:
        return rows.filter(is_archived).exclude(is_deleting)
    return rows.exclude(is_archived).exclude(is_deleting)


def organisation_for(user: Principal, name: str) -> Organisation:
    """Return one organisation by its name.

    Raises:
        NotFound: there is none of that name, or `user` does not belong to it.
    """
    found = Organisation.objects.visible_to(user).filter(name=name).first()
    if found is None:
        raise NotFound(f"There is no organisation {name}.")
    return found


def principal_named(organisation: Organisation, login: str) -> Principal:
    """Return a user of `organisation` by their login, or a service by ``token:<name>``.

    Raises:
        NotFound: it has neither.
    """
    if login.startswith("token:"):
        name = login.removeprefix("token:").removeprefix(f"{organisation.name}/")
        rows = ApiToken.objects.select_related("organisation", "environment")
        token = rows.filter(organisation=organisation, name=name, user=None, agent_of=None).first()
        if token is not None:
            return ServiceAccount(token)
    rows_of_users = User.objects.select_related("organisation")
    user: User | None = rows_of_users.filter(organisation=organisation, login=login).first()
    if user is None:
        raise NotFound(f"There is no user {login} in {organisation}.")
    return user


def user_by_id(pk: int) -> User | None:
    """Return a user with their organisation. One query."""
    found: User | None = User.objects.select_related("organisation").filter(pk=pk).first()
    return found


def every_environment() -> list[Environment]:
    """Return all environments of the installation, for Vamp's own processes. One query.

    Archived ones and those that are being deleted are among them: `active_environments` and
    `kept_environments` are for those who work on them.
    """
    return list(Environment.objects.using(DEFAULT).select_related("organisation"))


def active_environments() -> list[Environment]:
    """Return the environments in which something may change by itself. One query."""
    return list(Environment.objects.using(DEFAULT).select_related("organisation").active())


def kept_environments() -> list[Environment]:
    """Return the environments that agents serve: all that nobody has asked to delete. One query."""
    return list(Environment.objects.using(DEFAULT).select_related("organisation").kept())


def namespace_rows() -> list[Organisation | Environment]:
    """Return the organisations and environments whose configuration is published. Two queries.

    What is archived keeps the one that was published last.
    """
    return [*Organisation.objects.using(DEFAULT).active(), *active_environments()]


def namespaces_of(organisation: Organisation | None) -> list[tuple[str, str]]:
    """Return the names of an organisation and its environments, or of all there are. Two queries.

    Returns:
        Organisation and environment, the latter empty for what is the organisation's own.
    """
    organisations = Organisation.objects.using(DEFAULT).order_by("name")
    environments = Environment.objects.using(DEFAULT).order_by("organisation__name", "name")
    if organisation is not None:
        organisations = organisations.filter(pk=organisation.pk)
        environments = environments.filter(organisation=organisation)
    own = [(name, "") for name in organisations.values_list("name", flat=True)]
    return own + list(environments.values_list("organisation__name", "name"))


def namespace_row(organisation: str, environment: str = "") -> Organisation | Environment | None:
    """Return an organisation or environment that takes changes, by its names. One query."""
    if not environment:
        return Organisation.objects.using(DEFAULT).active().filter(name=organisation).first()
    rows = Environment.objects.using(DEFAULT).select_related("organisation").active()
    return rows.filter(organisation__name=organisation, name=environment).first()


_BY_ID = PreparedRows(lambda: Environment.objects.select_related("organisation").filter(pk=0))


def environment_by_id(pk: int) -> Environment | None:
    """Return an environment with its organisation, for Vamp's own processes. One query."""
    return next(iter(_BY_ID.ask(DEFAULT, pk)), None)


def is_organisation_gone(name: str) -> bool:
    """Tell whether the organisation's events are removed for good, or just being. One query.

    Its name is not given again, so it stays so.
    """
    rows = Deletion.objects.using(DEFAULT).filter(organisation=name, environment="")
    return any(
        row.finished_at is not None or row.step == "events" or "events" in row.steps_done
        for row in rows
    )


def organisations_gone(since: datetime) -> Sequence[str]:
    """Return the names of organisations whose deletion ended at `since` or later. One query."""
    rows = Deletion.objects.using(DEFAULT).filter(environment="", finished_at__gte=since)
    return list(rows.order_by("organisation").values_list("organisation", flat=True).distinct())


def running_deletions(key: str = "") -> list[int]:
    """Return the ids of the deletions that are not over, environments' before organisations'.

    Args:
        key: ``environment/<id>`` or ``organisation/<id>``; empty for all.
    """
    rows = Deletion.objects.using(DEFAULT).running()
    if key:
        rows = rows.filter(running=key)
    return list(rows.order_by("running", "pk").values_list("pk", flat=True))


def token_by_text(text: str) -> ApiToken | None:
    """Return the usable token with this text, with whom it stands for. One query."""
    return (
        ApiToken.objects.usable(timezone.now())
        .with_text(text, timezone.now())
        .select_related(
            "user__organisation", "agent_of__organisation", "organisation", "environment"
        )
        .first()
    )
