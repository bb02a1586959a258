"""Looking at an SQL database: what it is, whether its tables are there, and what we may do in it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from vamp import migrating
from vamp.drivers.database import port_errors
from vamp.models.lock import NamedLock
from vamp.ports.checks import Check, Checked
from vamp.ports.errors import PortError, PortUnavailable

SCHEMA_RIGHTS = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES")
"""What migrations need on MySQL and MariaDB, beside reading and writing."""

_MEANINGS: Mapping[int, str] = {
    1044: "may not be used by this account: GRANT it the rights on this database",
    1045: "refuses user or password: check both in its URL",
    1049: "does not exist on that server: CREATE DATABASE it, or correct the URL",
    1040: "has too many connections: raise max_connections, or end some",
    2002: "cannot be reached: nothing listens there; check host and port, and that it runs",
    2003: "cannot be reached: nothing listens there; check host and port, and that it runs",
    2005: "is on a host that nobody knows: check the host's name",
    2006: "hung up: look into the server's log",
    2013: "hung up midway: what listens there may be no MySQL; check the port",
    2026: "could not agree on TLS: check ssl-ca in its URL, and the server's certificate",
}
"""Numbers of MySQL's errors → what they mean."""

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<place>\S+?)\.(?P<table>\S+) TO ", re.IGNORECASE)


def check_database(alias: str) -> Checked:
    """Look at the database `alias`. Never raises, and leaves nothing behind.

    Cost: some ten statements; reading the migrations from disk takes longer than they do.
    """
    connection = connections[alias]
    check = Check("SQLite" if connection.vendor == "sqlite" else "MySQL")
    _note_version(check, alias)
    if not check.is_well:
        return check.done()
    if _is_migrated(check, alias):
        check.asks("may read and write", lambda: _write(alias))
    if connection.vendor == "mysql":
        _note_grants(check, connection)
    return check.done()


def check_rows(alias: str, model: type[Model]) -> Checked:
    """Look at a store whose rows are those of `model`; the database itself is looked at elsewhere.

    Never raises. Cost: some ten statements, none of which writes.
    """
    check = Check("SQLite" if connections[alias].vendor == "sqlite" else "MySQL")
    _note_version(check, alias)
    if check.is_well and _is_migrated(check, alias):
        check.asks("may read its rows", lambda: _read(alias, model))
    return check.done()


def _is_migrated(check: Check, alias: str) -> bool:
    what = "is migrated"
    try:
        pending = pending_migrations(alias)
    except PortError as error:
        check.bad(what, str(error))
        return False
    if pending:
        hint = f"run the set-up, or python manage.py migrate --database={alias}"
        check.unprepared(what, f"{len(pending)} migrations are missing", hint)
        return False
    check.good(what)
    return True


def _note_version(check: Check, alias: str) -> None:
    """Note whether the database answers, how fast, and who it says that it is."""
    connection = connections[alias]
    statement = "SELECT sqlite_version()" if connection.vendor == "sqlite" else "SELECT VERSION()"
    told = check.asks("answers", lambda: _scalar(connection, statement), is_timed=True)
    check.version = told or ""
    if told and "mariadb" in told.lower():
        check.system, check.version = "MariaDB", told.partition("-")[0]


def pending_migrations(alias: str) -> list[str]:
    """Return the migrations that the database has not had yet, ``<app>.<name>``, looked at anew.

    Of a dedicated database those of the tables that it has; it never gets the others.
    """
    with port_errors("database"):
        migrating.forget(alias)
        return list(migrating.behind(alias))


def missing_rights(grants: Iterable[str], database: str) -> list[str]:
    """Return which of `SCHEMA_RIGHTS` the account lacks in `database`. Pure.

    Args:
        grants: lines of ``SHOW GRANTS``.
        database: its name.
    """
    held: set[str] = set()
    for line in grants:
        found = _GRANT.match(line)
        if found is None or found["table"] != "*":
            continue
        if _covers(found["place"].strip("`"), database):
            held |= {right.strip().upper() for right in found["rights"].split(",")}
    if "ALL PRIVILEGES" in held or "ALL" in held:
        return []
    return [right for right in SCHEMA_RIGHTS if right not in held]


def _covers(pattern: str, database: str) -> bool:
    """Tell whether a grant's database, in which ``_`` and ``%`` are wildcards, names ours."""
    spelt = "".join(_spelt(piece) for piece in re.findall(r"\\.|.", pattern))
    return pattern == "*" or re.fullmatch(spelt, database) is not None


def _spelt(piece: str) -> str:
    if piece.startswith("\\"):
        return re.escape(piece[1:])
    return {"_": ".", "%": ".*"}.get(piece) or re.escape(piece)


def _note_grants(check: Check, connection: BaseDatabaseWrapper) -> None:
    what = "may change tables"
    try:
        with port_errors("database"), connection.cursor() as cursor:
            cursor.execute("SHOW GRANTS FOR CURRENT_USER()")
            grants = [str(row[0]) for row in cursor.fetchall()]
    except PortError as error:
        check.bad(what, str(error))
        return
    name = str(connection.settings_dict["NAME"])
    if missing := missing_rights(grants, name):
        hint = f"GRANT {', '.join(missing)} ON `{name}`.* TO the account, for migrations"
        check.bad(what, f"the account lacks {', '.join(missing)}", hint)
    else:
        check.good(what)


def _read(alias: str, model: type[Model]) -> bool:
    with port_errors("database"):
        return model._base_manager.using(alias).exists() or True


def _write(alias: str) -> None:
    """Insert a row, look at it and take it back, in one transaction."""
    name = f"connection-check-{secrets.token_hex(8)}"
    with port_errors("database"), transaction.atomic(using=alias):
        NamedLock.objects.using(alias).create(name=name)
        is_there = NamedLock.objects.using(alias).filter(name=name).exists()
        transaction.set_rollback(True, using=alias)
    if not is_there:
        raise PortUnavailable("what was just written is not there")


def _scalar(connection: BaseDatabaseWrapper, statement: str) -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return str(cursor.fetchone()[0])
    except DatabaseError as error:
        place = _place(connection.settings_dict)
        raise PortUnavailable(f"{place} {in_words(error)}") from error


def in_words(error: Exception) -> str:
    """Return what a refused connection means, and what to do about it. Pure; holds no secret."""
    number = error.args[0] if error.args else None
    if isinstance(number, int) and number in _MEANINGS:
        return _MEANINGS[number]
    return f"does not answer: {str(error)[:200]}"


def _place(described: Mapping[str, Any]) -> str:
    if host := described.get("HOST"):
        return f"{described['NAME']} at {host}:{described.get('PORT') or ''}".rstrip(":")
    return str(described["NAME"])
