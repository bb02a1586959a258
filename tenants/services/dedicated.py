"""Databases of organisations' own: naming one, changing how it is reached, forgetting it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections, transaction

from tenants import events
from tenants.connections import namespaces
from tenants.databases import known
from tenants.models import DatabaseState, DedicatedDatabase, Environment, Organisation, StorageMove
from tenants.names import is_label
from tenants.services.namespaces import keep_secret, remove_secret
from vamp import audit, outbox
from vamp.database_url import SCHEMES, described
from vamp.databases import DEFAULT
from vamp.dedicated import learnt
from vamp.dsn import Dsn
from vamp.errors import Conflict, Fault, Invalid, NotFound

MOST_PASSWORD_CHARACTERS = 1_000


def create_database(
    organisation: Organisation, alias: str, url: str, *, password: str = "", actor: str
) -> DedicatedDatabase:
    """Name a database of the organisation's own; `tenants.services.preparation` makes it usable.

    Nothing is asked of its server yet. Doing the same again changes nothing, so that a request
    whose answer was lost may be repeated.

    Args:
        organisation: whose it is; no other's environments may lie there.
        alias: DNS label, unique in the installation, for ever the same.
        url: ``mysql://user@host:port/name`` or ``sqlite:///path``, without a password.
        password: kept in the key-value store alone.
        actor: who does it, for the audit trail.

    Raises:
        Invalid: a value is wrong; every fault is listed.
        Conflict: a database of that name is there already.
        PortError: the store does not take the password; nothing was changed.
    """
    faults = [*_alias_faults(alias), *url_faults(url, "/url"), *_password_faults(password)]
    if faults:
        raise Invalid(faults=faults)
    held = DedicatedDatabase.objects.using(DEFAULT).filter(alias=alias).first()
    if held is not None and (held.organisation_id, held.url) == (organisation.pk, url):
        return held
    if held is not None or alias in connections.settings:
        raise Conflict(faults=[Fault("/name", "a database of this name is there already")])
    row = DedicatedDatabase(alias=alias, organisation=organisation, url=url)
    if password:
        keep_secret(organisation, row.secret_name, password, actor=actor)
    with transaction.atomic(using=DEFAULT):
        row.save(force_insert=True)
        _tell(row, "database.created", events.DATABASE_CREATED, actor)
    return row


def change_database(
    row: DedicatedDatabase, *, url: str | None = None, password: str | None = None, actor: str
) -> DedicatedDatabase:
    """Change how a database is reached: its server moved, its password was changed.

    Every process follows within `vamp.dedicated.FRESH_S` of its next look. It must be the same
    database: nothing is copied.

    Raises:
        Invalid: a value is wrong, or the URL is one of another kind of database.
        PortError: the store does not take the password; nothing was changed.
    """
    faults = [*url_faults(url or row.url, "/url"), *_password_faults(password or "")]
    if url and Dsn.parse(url).scheme != Dsn.parse(row.url).scheme:
        faults.append(Fault("/url", "a database cannot become one of another kind", "move to it"))
    if faults:
        raise Invalid(faults=faults)
    if password:
        keep_secret(row.organisation, row.secret_name, password, actor=actor)
    with transaction.atomic(using=DEFAULT):
        before, row.url = row.url, url or row.url
        if row.state == DatabaseState.FAILED:
            row.state, row.error = DatabaseState.PREPARING, ""
        row.save(update_fields=["url", "state", "error"])
        _tell(row, "database.changed", events.DATABASE_CHANGED, actor, before={"url": before})
    namespaces.forget(row.organisation)
    learnt.learn(known(row))
    return row


def forget_database(row: DedicatedDatabase, *, actor: str) -> None:
    """Forget a database in which no environment lies, with its password. Its tables stay.

    Raises:
        Conflict: an environment lies in it, or its events and audit trail do, or a move uses it.
    """
    users = users_of(row.alias)
    if users:
        raise Conflict(faults=[Fault("", said) for said in users])
    secret, organisation = row.secret_name, row.organisation
    with transaction.atomic(using=DEFAULT):
        _tell(row, "database.forgotten", events.DATABASE_FORGOTTEN, actor)
        row.delete()
    learnt.forget(row.alias)
    remove_secret(organisation, secret)


def users_of(alias: str) -> Sequence[str]:
    """Return what stands against forgetting a database, as sentences. Two queries."""
    rows = Environment.objects.using(DEFAULT).select_related("organisation")
    lying = [f"{each} lies in it" for each in rows.filter(database=alias)]
    history = [
        f"events and audit trail of {each} lie in it, from before its move"
        for each in rows.exclude(former_databases=[])
        if alias in each.former_databases
    ]
    moves = StorageMove.objects.using(DEFAULT).filter(kind="database", active__isnull=False)
    moving = [f"{move} uses it" for move in moves if alias in (move.source, move.target)]
    return [*lying, *history, *moving]


def database_of(organisation: Organisation, alias: str) -> DedicatedDatabase:
    """Return one of the organisation's own databases. One query.

    Raises:
        NotFound: it has none of that name.
    """
    found = (
        DedicatedDatabase.objects.using(DEFAULT)
        .select_related("organisation")
        .filter(organisation=organisation, alias=alias)
        .first()
    )
    if found is None:
        raise NotFound(f"There is no database {alias[:63]} of {organisation}.")
    return found


def faults_of_choice(organisation: Organisation, alias: str, pointer: str) -> list[Fault]:
    """Return why an environment of the organisation may not lie in the database `alias`."""
    row = DedicatedDatabase.objects.using(DEFAULT).filter(alias=alias).first()
    if row is None and alias in connections.settings:
        return []  # one of the installation's settings is for everybody
    if row is None or row.organisation_id != organisation.pk:
        mine = DedicatedDatabase.objects.using(DEFAULT).filter(organisation=organisation)
        own = [name for name in connections.settings if not learnt.is_learnt(name)]
        names = [*own, *mine.values_list("alias", flat=True)]
        return [
            Fault(pointer, f"there is no database {alias!r}", f"configured: {', '.join(names)}")
        ]
    if row.state != DatabaseState.READY:
        hint = row.error or "wait until it is prepared"
        return [Fault(pointer, f"the database {alias} is not ready: {row.state}", hint)]
    learnt.meet(alias)
    return []


def url_faults(url: str, pointer: str) -> list[Fault]:
    """Return what is wrong with the URL of a SQL database. Asks no server."""
    try:
        described(url)
        dsn = Dsn.parse(url)
    except Invalid as error:
        return [Fault(pointer, each.message, each.hint) for each in error.faults]
    if dsn.secret:
        hint = "send it apart: it then lies in the key-value store alone"
        return [Fault(pointer, "the URL holds a password, which must not stand here", hint)]
    if len(url) > 255:
        return [Fault(pointer, "the URL has more than 255 characters")]
    if dsn.scheme == SCHEMES[0] and not dsn.path.startswith("/"):
        return [Fault(pointer, "the path of the file is not absolute", "sqlite:///path/to/file")]
    return []


def _alias_faults(alias: str) -> list[Fault]:
    if is_label(alias) and alias != DEFAULT:
        return []
    return [Fault("/name", f"{alias[:63]!r} cannot name a database", "a DNS label, not default")]


def _password_faults(password: str) -> list[Fault]:
    if len(password) <= MOST_PASSWORD_CHARACTERS:
        return []
    return [Fault("/password", f"a password has at most {MOST_PASSWORD_CHARACTERS} characters")]


def _tell(
    row: DedicatedDatabase, verb: str, event: str, actor: str, before: dict[str, str] | None = None
) -> None:
    name = row.organisation.name
    audit.record(
        actor, verb, "database", row.alias, using=DEFAULT, organisation=name,
        before=before, after={"url": row.url, "state": row.state},
    )  # fmt: skip
    outbox.emit(event, using=DEFAULT, organisation=name, payload={"database": row.alias})
