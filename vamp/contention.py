"""Database errors that pass by themselves: a rival's row, a broken connection, a server away.

On MySQL writers do not wait for each other from the beginning, as on SQLite. Two that meet in
the wrong order are a deadlock: the server takes one of them back as a whole, and it is made again
here. A lost connection tells nothing of whether the commit arrived, so only work that may be done
twice is done again after one: relaying, following schedulers, sweeps.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db import connections as _connections
from django.utils.connection import ConnectionDoesNotExist

log = logging.getLogger("vamp.contention")

FENCED = "vamp-fence"
"""Begins what the database says of a write to an environment that is being moved."""

PAUSES_S = (0.005, 0.02, 0.1)
"""A change that was taken back is made again after at most so long, at random, and then no more."""

RETRY_AFTER_S = 1
"""What a caller is told to wait, where a database is away or rivals did not let it through."""

_TAKEN_BACK = frozenset(
    {
        1020,  # the row was changed since it was read
        1213,  # deadlock
    }
)
_TOO_LONG = 1205
"""Waited in vain for a rival's row: to wait once more would keep the caller for as long again."""

_AWAY = frozenset(
    {
        1040,  # too many connections
        1044, 1045,  # the account was taken away, or its password changed, until it is set anew
        1049,  # the database itself is gone
        1053,  # the server is being shut down
        1158, 1159, 1160, 1161,  # the network, in four ways
        1203,  # too many connections of this user
        1317,  # the statement was killed
        1927,  # the connection was killed
        2002, 2003, 2005,  # no connection to the server
        2006, 2013, 2055,  # the connection is lost
        4031,  # it was idle for too long
    }
)  # fmt: skip

_NO_FILE = "unable to open database file"
"""What SQLite says of a folder that is away."""

P = ParamSpec("P")
R = TypeVar("R")


def is_taken_back(error: BaseException) -> bool:
    """Tell whether the server took the transaction back for a rival's sake; it may be repeated."""
    return isinstance(error, OperationalError) and _code(error) in _TAKEN_BACK


def is_away(error: BaseException) -> bool:
    """Tell whether the database does not answer; what became of a commit is not known."""
    if isinstance(error, InterfaceError | ConnectionDoesNotExist):
        return True
    if not isinstance(error, OperationalError):
        return False
    code = _code(error)
    return code in _AWAY or (isinstance(code, str) and code.startswith(_NO_FILE))


def is_passing(error: BaseException) -> bool:
    """Tell whether the same may well succeed a moment later."""
    is_too_long = isinstance(error, OperationalError) and _code(error) == _TOO_LONG
    return is_too_long or is_taken_back(error) or is_away(error) or is_being_moved(error)


def is_being_moved(error: BaseException | None) -> bool:
    """Tell whether a write was refused because its environment moves to another database.

    Also where a service took it for a rival's name and said so: SQLite knows no better class of
    error for what a trigger refuses.
    """
    while error is not None:
        if isinstance(error, DatabaseError) and any(FENCED in str(each) for each in error.args):
            return True
        error = error.__cause__ or error.__context__
    return False


def _code(error: BaseException) -> Any:
    return error.args[0] if error.args else None


def repeated(change: Callable[P, R]) -> Callable[P, R]:
    """Make a change that is one transaction once more, where the server took it back.

    Inside a transaction of the caller's nothing is repeated: that one is taken back as a whole,
    and whoever began it repeats it.

    Raises:
        OperationalError: it was taken back every time.
    """

    @functools.wraps(change)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for pause_s in PAUSES_S:
            try:
                return change(*args, **kwargs)
            except OperationalError as error:
                if not is_taken_back(error) or _is_in_transaction():
                    raise
                log.info(
                    "change.repeated", extra={"change": change.__qualname__, "code": _code(error)}
                )
            time.sleep(random.uniform(0, pause_s))  # noqa: S311 jitter, not a secret
        return change(*args, **kwargs)

    return run


def _is_in_transaction() -> bool:
    return any(each.in_atomic_block for each in _connections.all(initialized_only=True))


@contextmanager
def held_apart(event: str, **fields: object) -> Iterator[None]:
    """Keep what one database refuses or does not answer from the work on the others.

    Args:
        event: name of the log line, such as ``tick.failed``.
        fields: whose work it was.
    """
    try:
        yield
    except (DatabaseError, InterfaceError, ConnectionDoesNotExist) as error:
        if is_being_moved(error):
            log.info("environment.being_moved", extra={"while": event, **fields})
            return
        log.exception(event, extra=fields)
        close_broken()


def close_broken() -> None:
    """Close this thread's connections that do not answer any more; the next query opens new ones.

    Loops call it after an error. One in a transaction is left to whoever began that.
    """
    for connection in _connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
