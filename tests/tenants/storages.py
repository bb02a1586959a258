"""Stores for tests of moves: a dedicated database made for one test, and moves gone on with."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tenants.databases import known
from tenants.models import DedicatedDatabase, Environment, Organisation, StorageMove
from tenants.services import inspection, moves
from tenants.services.dedicated import create_database
from tenants.services.moving import database as database_road
from tenants.services.moving.tables import named_models, owned_models, tables_of
from tenants.services.preparation import give_numbers, prepare
from tests.factories import ACTOR
from vamp import fences, rowcopy
from vamp.dedicated import learnt
from vamp.models import Fence
from vamp.models.lock import NamedLock
from vamp.mysql.pool import close_all_idle


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


def prepared(organisation: Organisation, folder: Path, alias: str = "acme-own") -> str:
    """Make and prepare a database of the organisation's own; return its alias.

    On SQLite its tables are made once a session and copied from then on: to make them takes longer
    than most tests. `tests.tenants.services.test_preparation` sees to how they are made.
    """
    url, password = a_database(folder, alias)
    tables = folder.parent / "tables-of-a-dedicated-database.sqlite3"
    is_copy = not password and tables.exists()
    if is_copy:
        copy_database(tables, folder / f"{alias}.sqlite3")
    row = create_database(organisation, alias, url, password=password, actor=ACTOR)
    if is_copy:
        learnt.learn(known(row))
        NamedLock.objects.using(alias).filter(name__startswith=inspection.MARK).delete()
        inspection.mark(alias)
    row = prepare(row)
    assert row.state == "ready", row.error
    if is_copy:
        give_numbers(alias)
    elif not password:
        copy_database(folder / f"{alias}.sqlite3", tables)
    return row.alias


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database, whoever has it open."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)


def a_database(folder: Path, alias: str) -> tuple[str, str]:
    """Return URL and password of an empty database, of the kind that the default one is."""
    usual = settings.DATABASES["default"]
    if connections["default"].vendor == "sqlite":
        return f"sqlite://{folder}/{alias}.sqlite3", ""
    name = f"{connections['default'].settings_dict['NAME']}_{alias.replace('-', '_')}"
    _apart(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    _made.append(name)
    place = f"{usual['USER']}@{usual['HOST']}:{usual['PORT']}"
    return f"mysql://{place}/{name}", str(usual["PASSWORD"])


def _apart(*statements: str) -> None:
    """Execute by a connection of its own: on MySQL they would commit the test's transaction."""
    connection = connections["default"].copy()
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


_made: list[str] = []


@contextmanager
def cleaned() -> Iterator[None]:
    """Let databases be learnt, and leave none behind, nor any fence."""
    refusing: Any = BaseDatabaseWrapper.ensure_connection
    cells = dict(zip(refusing.__code__.co_freevars, refusing.__closure__ or (), strict=True))
    real = cells["real_ensure_connection"].cell_contents

    def connect(connection: BaseDatabaseWrapper) -> None:
        """The test runner refuses databases that it did not make; these are made in the test."""
        (real if learnt.is_learnt(connection.alias) else refusing)(connection)

    for alias in list(learnt._known):  # of a test that did not mean to: its rows are gone
        learnt.forget(alias)
    BaseDatabaseWrapper.ensure_connection = connect  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        BaseDatabaseWrapper.ensure_connection = refusing  # type: ignore[method-assign]
        for alias in ("default", "dedicated"):
            # In a transaction nothing was put there, and triggers would end it on MySQL.
            if not connections[alias].in_atomic_block:
                Fence.objects.using(alias).all().delete()
                fences.remove(alias, [*owned_models(), *named_models()])
        for alias in list(learnt._known):
            learnt.forget(alias)
        close_all_idle()
        while _made:
            _apart(f"DROP DATABASE IF EXISTS {_made.pop()}")


def gone_on(move: StorageMove, *, rounds: int = 60, **options: Any) -> StorageMove:
    """Go on with a move until it is over or followed; a round for each that must wait."""
    for _ in range(rounds):
        move = moves.run(move, **options)
        if not move.is_active or move.state == "following":
            return move
        time.sleep(0.02)
    raise AssertionError(f"not over after {rounds} rounds: {move.step} {move.error}")


def moved(environment: Environment, target: str, kind: str = "database") -> StorageMove:
    """Move an environment and return the move, which must have come to its end."""
    move = gone_on(moves.begin(environment, kind, target, actor=ACTOR))
    assert move.state in ("done", "following"), move.error
    environment.refresh_from_db()
    return move


def proofs(environment: Environment, database: str) -> Mapping[str, rowcopy.Proof]:
    """Return number and digest of every table's rows of the environment in `database`."""
    return {table.label: rowcopy.proof(table, database) for table in tables_of(environment)}


def crashing_at(point: str) -> Callable[[str], None]:
    """Return what ends a run when it passes `point`, the first time."""
    seen: list[str] = []

    def passing(here: str) -> None:
        if here == point and not seen:
            seen.append(here)
            raise Crash(point)

    return passing


def without_settling(monkeypatch: Any) -> None:
    """Let nobody wait for requests of before: tests have none."""
    monkeypatch.setattr(database_road, "SETTLE_S", 0.0)


def close(alias: str) -> None:
    """Close this thread's connection."""
    connections[alias].close()


__all__ = ["DedicatedDatabase"]
