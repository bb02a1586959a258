"""Database URLs: what ``VAMP_DATABASE_URL`` means to Django. Imports no driver, opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid

MYSQL_PORT = 3306
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
"""No statement of ours takes so long; one that does is given up, with its connection."""

LOCK_WAIT_S = 10
"""Seconds that a statement waits for a rival's row, before it is told so (error 1205)."""

# One statement at the start of each connection: strict, so that what does not fit is refused and
# not cut, and InnoDB or nothing.
_MYSQL_SESSION = (
    "SET sql_mode='STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
    f" innodb_lock_wait_timeout={LOCK_WAIT_S}"
)
_MYSQL_TLS = {"ssl-ca": "ca", "ssl-cert": "cert", "ssl-key": "key"}
_MYSQL_SECONDS = {
    "connect-timeout": CONNECT_TIMEOUT_S,
    "read-timeout": READ_TIMEOUT_S,
}


def described(url: str) -> dict[str, Any]:
    """Return Django's description of the database at `url`.

    Args:
        url: ``sqlite:///path``, or ``mysql://user:password@host:port/name`` with the options
            ``ssl-ca``, ``ssl-cert``, ``ssl-key`` (files), ``connect-timeout`` and
            ``read-timeout`` (whole seconds).

    Raises:
        Invalid: with every fault of the URL; the URL is not repeated, since it holds a password.
    """
    dsn = Dsn.parse(url)
    describe = _DIALECTS.get(dsn.scheme)
    if describe is None:
        allowed = ", ".join(f"{scheme}:" for scheme in SCHEMES)
        raise Invalid(
            faults=[Fault("", f"{dsn.scheme}: is no SQL database", f"allowed schemes: {allowed}")]
        )
    return describe(dsn)


def _sqlite(dsn: Dsn) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": dsn.path,
        # Under ASGI each request has a thread of its own, so a kept connection would leak with it.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            # IMMEDIATE takes the write lock at BEGIN: two writers wait for each other instead of
            # one failing midway.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-8000;PRAGMA foreign_keys=ON;",
        },
    }


def _mysql(dsn: Dsn) -> dict[str, Any]:
    faults = list(_mysql_faults(dsn))
    if faults:
        raise Invalid(faults=faults)
    seconds = {name: int(dsn.options.get(name, usual)) for name, usual in _MYSQL_SECONDS.items()}
    tls = {key: dsn.options[name] for name, key in _MYSQL_TLS.items() if name in dsn.options}
    return {
        "ENGINE": "vamp.mysql",
        "NAME": dsn.path.strip("/"),
        "USER": dsn.username,
        "PASSWORD": dsn.secret,
        "HOST": dsn.host,
        "PORT": dsn.port or MYSQL_PORT,
        # The backend keeps connections in a pool that all threads share: see `vamp.mysql.pool`.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "init_command": _MYSQL_SESSION,
            "autocommit": None,  # the server's: Django would switch it back with a further question
            "connect_timeout": seconds["connect-timeout"],
            "read_timeout": seconds["read-timeout"],
            "write_timeout": seconds["read-timeout"],
            **({"ssl": tls, "ssl_mode": "VERIFY_IDENTITY"} if tls else {}),
        },
    }


def _mysql_faults(dsn: Dsn) -> Iterator[Fault]:
    if not dsn.host:
        yield Fault("", "the database URL names no host", "mysql://user:password@host:3306/name")
    if not dsn.path.strip("/") or "/" in dsn.path.strip("/"):
        yield Fault("", "the database URL must end in one database's name", "…@host:3306/vamp")
    known = [*_MYSQL_TLS, *_MYSQL_SECONDS]
    for name in dsn.options.keys() - {*known}:
        yield Fault("", f"{name} is no option of mysql:", f"options are: {', '.join(known)}")
    for name in _MYSQL_SECONDS:
        given = dsn.options.get(name, "1")
        if not (given.isascii() and given.isdigit() and 0 < int(given) <= 3600):
            yield Fault("", f"{name} must be whole seconds from 1 to 3600")
    yield from _tls_faults(dsn.options.keys())


def _tls_faults(given: Collection[str]) -> Iterator[Fault]:
    if ("ssl-cert" in given) != ("ssl-key" in given):
        yield Fault("", "ssl-cert and ssl-key go together", "give both or neither")
    if "ssl-cert" in given and "ssl-ca" not in given:
        yield Fault("", "ssl-ca is missing", "without it the server is not verified")


_DIALECTS: Mapping[str, Callable[[Dsn], dict[str, Any]]] = {"sqlite": _sqlite, "mysql": _mysql}
SCHEMES = tuple(_DIALECTS)
"""Schemes that a database may have, first the embedded one."""
