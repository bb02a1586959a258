"""Bringing the tables of a database up to date, and telling whether they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from vamp.databases import DEFAULT, EXPLICIT_APPS, MIRRORED

Key = tuple[str, str]

_up_to_date: set[str] = set()
_lock = threading.Lock()


def behind(alias: str) -> Sequence[str]:
    """Return what has not been migrated in `alias`, as ``app.name``, in no certain order.

    Cost: one query; none for a database that this process once found up to date, for its own code
    does not change.

    Raises:
        DatabaseError: it does not answer.
    """
    if alias in _up_to_date:
        return []
    applied = set(MigrationRecorder(connections[alias]).applied_migrations())
    missing = sorted(f"{app}.{name}" for app, name in _wanted(alias == DEFAULT) - applied)
    if not missing:
        with _lock:
            _up_to_date.add(alias)
    return missing


def forget(alias: str) -> None:
    """Look at `alias` anew the next time: it is another database now."""
    with _lock:
        _up_to_date.discard(alias)


def migrate(
    alias: str, on_progress: Callable[[str, int, int], None] = lambda name, done, total: None
) -> int:
    """Bring the tables of `alias` up to date; return how many migrations it took.

    A dedicated database gets the tables that lie in each database, and no others: the router keeps
    identity out. Safe to repeat; not for two at a time.

    Args:
        alias: of the database.
        on_progress: told the migration that begins, how many are done, and of how many.

    Raises:
        DatabaseError: what the server said; on MySQL, which takes no change of tables back, a
            migration may be half done then.
    """
    connection = connections[alias]
    connection.prepare_database()
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    targets = leaves if alias == DEFAULT else [key for key in leaves if key[0] in _apps()]
    plan = executor.migration_plan(targets)
    done = 0

    def tell(action: str, migration: Any = None, fake: bool = False) -> None:
        nonlocal done
        if action == "apply_start":
            on_progress(f"{migration.app_label}.{migration.name}", done, len(plan))
        elif action == "apply_success":
            done += 1
            on_progress(f"{migration.app_label}.{migration.name}", done, len(plan))

    executor.progress_callback = tell  # type: ignore[assignment]  # as migrate itself does
    executor.migrate(targets, plan=plan, fake_initial=False)
    forget(alias)
    return done


def _apps() -> frozenset[str]:
    installed = {config.label for config in apps.get_app_configs()}
    return frozenset((EXPLICIT_APPS | {app for app, _ in MIRRORED}) & installed)


@cache
def _wanted(is_whole: bool) -> set[Key]:
    """Return every migration of the code; for a dedicated database only those of its apps."""
    graph = MigrationLoader(None).graph
    leaves = graph.leaf_nodes()
    targets = leaves if is_whole else [key for key in leaves if key[0] in _apps()]
    found = {node for target in targets for node in graph.forwards_plan(target)}
    return found if is_whole else {key for key in found if key[0] in _apps()}
