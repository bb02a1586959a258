"""Looking at a database that is to become an environment's: can it, and is it nobody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections

from vamp.contention import is_away
from vamp.databases import EXPLICIT_APPS, MIRRORED
from vamp.errors import Conflict, Fault, Invalid, Unavailable
from vamp.models.lock import NamedLock
from vamp.mysql.schema import COLLATION

MARK = "vamp.database/"
"""Begins the name of the lock that a prepared database holds: the rest is its alias."""

_PROBE = "vamp_rights_probe"
_PROBE_TRIGGER = (
    f"CREATE TRIGGER {_PROBE}_trigger BEFORE UPDATE ON {_PROBE} FOR EACH ROW"  # noqa: S608
    f" BEGIN DELETE FROM {_PROBE} WHERE id = -1; END"
)
_NEWEST = {"mariadb": (10, 6), "mysql": (8, 0)}
_REFUSES_LOGIN = {1044, 1045, 1698}
_NO_DATABASE = 1049
_NOT_ALLOWED = {1142, 1227, 1370}
_NO_TRIGGERS = 1419
SHOWN = 5


class Away(Unavailable):
    """The database's server does not answer; the same may well succeed later."""


def connect(alias: str) -> None:
    """Open a connection.

    Raises:
        Away: the server does not answer.
        Invalid: it does not take the login, has no such database, or is too old.
    """
    connection: Any = connections[alias]
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise told(alias, error) from error
    if connection.vendor == "mysql":
        kind = "mariadb" if connection.mysql_is_mariadb else "mysql"
        if connection.mysql_version < _NEWEST[kind]:
            least = ".".join(map(str, _NEWEST[kind]))
            raise _refused(f"its server is older than {kind} {least}", "upgrade the server")


def told(alias: str, error: BaseException) -> Away | Invalid:
    """Return what to tell people of a database's error; it names no host, login or password."""
    code = error.args[0] if error.args else None
    if code in _REFUSES_LOGIN:
        return _refused(
            "its server does not accept the login, or not for this database",
            "check user and password, and grant the account all rights on the database",
        )
    if code == _NO_DATABASE:
        return _refused("its server has no such database", "CREATE DATABASE it, empty")
    if code in _NOT_ALLOWED:
        return _refused(
            "its account may not do what Vamp needs",
            "GRANT ALL PRIVILEGES on the database to the account",
        )
    if code == _NO_TRIGGERS:
        return _refused(
            "its server refuses triggers, which hold writes while an environment moves",
            "SET GLOBAL log_bin_trust_function_creators = 1, or leave the binary log off",
        )
    if is_away(error):
        return Away(f"the database {alias} cannot be reached ({code})")
    return _refused(f"its server answers with error {code}", "look into the server's log")


def check_contents(alias: str, organisations: Mapping[int, str]) -> None:
    """See that nothing in the database is another's, and that our tables are as we make them.

    Args:
        alias: of the database.
        organisations: of this installation, by their numbers.

    Raises:
        Conflict: it is not empty, or belongs to another installation, or under another name.
        Invalid: tables there have another character set or collation.
    """
    there = set(connections[alias].introspection.table_names())
    if strange := sorted(there - our_tables()):
        shown = ", ".join(strange[:SHOWN])
        raise Conflict(
            faults=[
                Fault(
                    "/url",
                    f"the database is not empty: it holds {len(strange)} tables of others ({shown})",
                    "give Vamp a database of its own",
                )
            ]
        )
    _check_collation(alias)
    if NamedLock._meta.db_table in there:
        _check_owner(alias)
    if "tenants_organisation" in there:
        _check_installation(alias, organisations)


def check_rights(alias: str) -> None:
    """Try what migrations and moves do: make, change, index and drop a table, with a trigger.

    Raises:
        Invalid: the account may not.
        Away: the server does not answer.
    """
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {_PROBE}")
            cursor.execute(f"CREATE TABLE {_PROBE} (id INTEGER PRIMARY KEY, name VARCHAR(9))")
            try:
                cursor.execute(f"ALTER TABLE {_PROBE} ADD COLUMN other INTEGER")
                cursor.execute(f"CREATE INDEX {_PROBE}_name ON {_PROBE} (name)")
                cursor.execute(_PROBE_TRIGGER)
                cursor.execute(f"INSERT INTO {_PROBE} (id, name) VALUES (1, 'ü')")  # noqa: S608
                cursor.execute(f"DELETE FROM {_PROBE} WHERE id = 1")  # noqa: S608 our own name
            finally:
                cursor.execute(f"DROP TABLE {_PROBE}")
    except DatabaseError as error:
        raise told(alias, error) from error


def is_marked(alias: str) -> bool:
    """Tell whether its preparation came to its end before."""
    connection = connections[alias]
    if NamedLock._meta.db_table not in connection.introspection.table_names():
        return False
    return NamedLock.objects.using(alias).filter(name=f"{MARK}{alias}").exists()


def mark(alias: str) -> None:
    """Note that the preparation came to its end."""
    NamedLock.objects.using(alias).get_or_create(name=f"{MARK}{alias}")


def drop_half_made(alias: str) -> None:
    """Remove tables that a preparation left half made; they hold nothing. See `check_contents`."""
    connection = connections[alias]
    tables = [name for name in connection.introspection.table_names() if name in our_tables()]
    if not tables:
        return
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)}")


def our_tables() -> set[str]:
    """Return the names of the tables that a dedicated database holds."""
    models = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in EXPLICIT_APPS
        or (model._meta.app_label, model._meta.model_name) in MIRRORED
    ]
    return {model._meta.db_table for model in models} | {"django_migrations", _PROBE}


def _check_collation(alias: str) -> None:
    connection = connections[alias]
    if connection.vendor != "mysql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, table_collation FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            " AND table_collation <> %s ORDER BY table_name",
            [COLLATION],
        )
        wrong = [
            f"{name} ({collation})"
            for name, collation in cursor.fetchall()
            if name != "django_migrations" and name != _PROBE
        ]
    if wrong:
        raise _refused(
            f"tables there have another collation than {COLLATION}: {', '.join(wrong[:SHOWN])}",
            f"ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4 COLLATE {COLLATION}, or empty it",
        )


def _check_owner(alias: str) -> None:
    names = NamedLock.objects.using(alias).filter(name__startswith=MARK)
    others = sorted(set(names.values_list("name", flat=True)) - {f"{MARK}{alias}"})
    if others:
        name = others[0].removeprefix(MARK)
        raise Conflict(
            faults=[
                Fault("/url", f"it is the database {name} already", "use that one, or another URL")
            ]
        )


def _check_installation(alias: str, organisations: Mapping[int, str]) -> None:
    if is_marked(alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT id, name FROM tenants_organisation")
            strange = [name for pk, name in cursor.fetchall() if organisations.get(pk) != name]
    else:
        strange = list(_rows_of_anybody(alias))
    if strange:
        raise Conflict(
            faults=[
                Fault(
                    "/url",
                    "it holds rows of another installation of Vamp",
                    "give Vamp a database of its own",
                )
            ]
        )


def _rows_of_anybody(alias: str) -> Iterator[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name FROM tenants_organisation LIMIT 1")
        for (name,) in cursor.fetchall():
            yield str(name)


def _refused(message: str, hint: str) -> Invalid:
    return Invalid(faults=[Fault("/url", message, hint)])
