"""What an all-in-one installation writes to its stores: seen before, told, and removed at its end.

Only what it made goes: the tenants of a database that was empty, or the one tenant that it made in a
database that had some. They go by the very deletion that people ask for, and then what is no
tenant's: tables, the installation's document, its event stream, index templates, queues.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.conf import settings
from django.db import connections

from gateways.management.lifted import Lifted, OnServers
from tenants.connections import events_of, installation_kv
from tenants.domain.namespace import INSTALLATION_KEY
from tenants.models import Deletion, Environment, Organisation
from tenants.services.deletion import delete_environment, delete_organisation
from tenants.services.deletion_preview import preview_of
from tenants.services.deletion_run import continue_deletion
from tenants.services.deletion_steps import EVER
from tenants.services.deletion_words import goes_of
from vamp import queues, wiring_of_leftovers
from vamp.databases import DEFAULT, aliases, looked_up
from vamp.models import AuditEntry
from vamp.outbox import ORGANISATION_WIDE
from vamp.ports.errors import PortError
from vamp.wiring import audit_archive_from_url

ACTOR = "vamp:lift"
WAIT_S = 150.0
"""Longer than a lease of a process that was killed is held."""

LOOK_EVERY_S = 0.5

INSTALLATION_PLACE = INSTALLATION_KEY.partition("/")[0]
"""Under which all lies in the key-value store that is no tenant's: its document, keys of the audit."""

Tell = Callable[[str], object]
T = TypeVar("T")


class NotRemoved(RuntimeError):
    """Something could not be removed now; the message says what and why. Run again, it goes on."""


def look(tenant: str) -> OnServers:
    """Return what of the stores will be the installation's own. Before its first migration.

    A store that does not answer counts as somebody else's: nothing of it is removed later.
    """
    empty = tuple(alias for alias in aliases() if not _own_tables(alias))
    organisation, _, environment = tenant.partition("/")
    rows = Organisation.objects.none() if DEFAULT in empty else Organisation.objects.all()
    return OnServers(
        databases=empty,
        organisation=not rows.filter(name=organisation).exists(),
        environment=not rows.filter(name=organisation, environments__name=environment).exists(),
        kv=_asked(lambda: not installation_kv().keys(INSTALLATION_PLACE), otherwise=False),
        stream=_has_no_stream(),
        broker=_asked(_is_broker_empty, otherwise=False),
        templates=tuple(_templates()),
    )


def goes(lifted: Lifted) -> Iterator[str]:
    """Yield what `remove` takes away, for people. Asks every store; changes nothing."""
    for row in rows_of(lifted):
        kind = "environment" if isinstance(row, Environment) else "organisation"
        yield f"{kind} {row.path}"
        for what, count in goes_of(preview_of(row)):
            yield f"  {what}: {count}"
    servers = lifted.servers or OnServers()
    for alias in servers.databases:
        if tables := _own_tables(alias):
            yield f"{len(tables)} tables of {_place_of(alias)}"
    if servers.databases:
        left = {*_templates()} - {*servers.templates}
        yield from (f"index template {name}" for name in sorted(left))


def remove(lifted: Lifted, tell: Tell) -> None:
    """Remove what `goes` yields. The installation must not run; killed, it can be run again.

    Raises:
        NotRemoved: a store does not answer, or something waits for too long.
    """
    servers = lifted.servers
    if servers is None:
        return
    try:
        for row in rows_of(lifted):
            _delete(row, tell)
        if DEFAULT in servers.databases and _own_tables(DEFAULT):
            _remove_what_is_no_tenants(servers)
    except PortError as error:
        raise NotRemoved(f"{error}: run it again once that answers") from error
    for alias in reversed(servers.databases):
        _drop_tables(alias)


def rows_of(lifted: Lifted) -> Sequence[Organisation | Environment]:
    """Return the tenants that go: all of a database that was empty, else what it made of its own."""
    servers = lifted.servers
    if servers is None or not _own_tables(DEFAULT):
        return []
    if DEFAULT in servers.databases:
        return list(Organisation.objects.all())
    organisation, _, name = lifted.tenant.partition("/")
    if servers.organisation:
        return list(Organisation.objects.filter(name=organisation))
    environments = Environment.objects.using(DEFAULT).select_related("organisation")
    found = environments.filter(organisation__name=organisation, name=name)
    return list(found) if servers.environment else []


def _delete(row: Organisation | Environment, tell: Tell) -> None:
    delete = delete_environment if isinstance(row, Environment) else delete_organisation
    deletion: Deletion = delete(row, confirm=row.name, actor=ACTOR)  # type: ignore[arg-type]
    names = {"organisation": deletion.organisation}
    if deletion.environment:
        names["environment"] = deletion.environment
    until = time.monotonic() + WAIT_S
    while True:
        running = Deletion.objects.running().filter(**names).order_by("running")
        for pk in running.values_list("pk", flat=True):
            continue_deletion(pk)
        deletion.refresh_from_db()
        if deletion.finished_at is not None:
            tell(f"gone: {deletion.path}")
            for what in deletion.remains:
                tell(f"  stays: {what}")
            return
        if time.monotonic() > until:
            waits = [f"{each} waits for {each.waits_for}" for each in running.all()]
            raise NotRemoved(f"{'; '.join(waits)}: run it again once that is there")
        time.sleep(LOOK_EVERY_S)


def _remove_what_is_no_tenants(servers: OnServers) -> None:
    """Remove what stays behind when every tenant is deleted; tables last, for they name the rest."""
    for organisation, environment in _audited():
        archive = audit_archive_from_url(
            settings.METRICS_URL, organisation=organisation, environment=environment
        )
        if archive is not None:
            archive.prune(before=EVER)
    wiring_of_leftovers.forget_index_templates(settings.METRICS_URL, but=servers.templates)
    if servers.stream:
        events_of(DEFAULT).purge(f"vamp.{ORGANISATION_WIDE}.>")
    if servers.kv:
        kv = installation_kv()
        for key in kv.keys(INSTALLATION_PLACE):
            kv.delete(key)
    if servers.broker:
        wiring_of_leftovers.forget_queues(settings.CELERY_BROKER_URL, queues.ALL)


def _audited() -> set[tuple[str, str]]:
    """Return every namespace that there has ever been here."""
    found: set[tuple[str, str]] = set()
    for alias in looked_up():
        names = AuditEntry.objects.using(alias).exclude(organisation="").order_by()
        found |= set(names.values_list("organisation", "environment").distinct())
    return found


def _drop_tables(alias: str) -> None:
    connection = connections[alias]
    names = [connection.ops.quote_name(name) for name in _own_tables(alias)]
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
    connection.close()


def _own_tables(alias: str) -> list[str]:
    """Return those of Vamp's tables that are there; never anybody else's."""
    introspection = connections[alias].introspection
    known = {*introspection.django_table_names(include_views=False), "django_migrations"}
    return sorted(known & set(_tables(alias)))


def _tables(alias: str) -> Sequence[str]:
    found: Sequence[str] = connections[alias].introspection.table_names()
    return found


def _place_of(alias: str) -> str:
    described = connections[alias].settings_dict
    host = f"{described['HOST']}:{described['PORT']}/" if described["HOST"] else ""
    return f"{host}{described['NAME']}"


def _templates() -> Sequence[str]:
    return _asked(lambda: wiring_of_leftovers.index_templates(settings.METRICS_URL), otherwise=())


def _is_broker_empty() -> bool:
    return wiring_of_leftovers.is_broker_empty(settings.CELERY_BROKER_URL)


def _has_no_stream() -> bool:
    if settings.EVENTS_URL.startswith("db:"):
        return False
    found = events_of(DEFAULT).check(ORGANISATION_WIDE)
    return found.ok and not found.is_prepared


def _asked(question: Callable[[], T], *, otherwise: T) -> T:
    try:
        return question()
    except PortError:
        return otherwise
