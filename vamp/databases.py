"""Which database a query goes to: always said, never guessed.

Rows of an environment lie in ``environment.database``, which may be another database than the
installation's (design: dedicated storage). Organisations, users and their rights lie in the
default one; an environment's own database holds mirrored rows of its organisation and
environment so that foreign keys hold there. A query of such rows that names no database is a
programming error that would silently read the wrong tenant's store, so the router refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.models import Model

from vamp.dedicated import learnt

DEFAULT = "default"

EXPLICIT_APPS = frozenset({"vamp", "gateways", "policies", "workflows"})
"""Apps whose tables exist in every database; of tenants only those of `MIRRORED`."""

MIRRORED = frozenset({("tenants", "organisation"), ("tenants", "environment")})


class UnscopedQuery(RuntimeError):
    """A query of an environment's rows that does not say whose. Use ``in_environment``."""


class ExplicitDatabase(models.Model):
    """Base of rows that exist in every database: each query names one with ``using``."""

    class Meta:
        abstract = True


def aliases() -> Sequence[str]:
    """Return every database that this process knows and that is ready, the default one first."""
    return [
        DEFAULT,
        *sorted(
            alias
            for alias in list(connections.settings)
            if alias != DEFAULT and not learnt.is_unready(alias)
        ),
    ]


def looked_up() -> Sequence[str]:
    """Return `aliases` after a look at what tenants have of their own by now. One query."""
    learnt.look()
    return aliases()


def explicit_models() -> Sequence[type[Model]]:
    """Return every model whose rows lie in each database."""
    return [model for model in apps.get_models() if is_explicit(model)]


def is_explicit(model: type[Model]) -> bool:
    """Tell whether queries of `model` must name their database."""
    return issubclass(model, ExplicitDatabase)


class ExplicitRouter:
    """Sends each query where its rows lie, and refuses one that does not say."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """Return the database of the row at hand, or the default for the organisation's models.

        Raises:
            UnscopedQuery: the model exists in every database and nothing says which is meant.
        """
        return self._choose(model, hints.get("instance"))

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """See `db_for_read`."""
        return self._choose(model, hints.get("instance"))

    def _choose(self, model: type[Model], instance: Model | None) -> str:
        if instance is not None:
            if is_explicit(model) and (database := _database_of_environment(instance)):
                return database
            if instance._state.db:
                return instance._state.db
            environment = getattr(instance, "environment", None)
            if is_explicit(type(instance)) and isinstance(environment, Model):
                return _database_of_environment(environment) or DEFAULT
        if is_explicit(model):
            raise UnscopedQuery(
                f"{model.__name__} lies in its environment's database: say which, with"
                " in_environment(environment) or using(alias)"
            )
        return DEFAULT

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        """Allow relations within a database, and to an environment, which is mirrored."""
        databases = {one._state.db, other._state.db} - {None}
        mirrored = {_database_of_environment(one), _database_of_environment(other)}
        return len(databases) <= 1 or bool(databases & mirrored) or None

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        """Keep identity, sessions and rights out of dedicated databases."""
        if db == DEFAULT or app_label in EXPLICIT_APPS:
            return None
        if model_name is None and app_label == "tenants":
            return None  # a step of no single model's; those of others' apps touch their own tables
        return (app_label, model_name) in MIRRORED


def _database_of_environment(row: Model) -> str | None:
    """Return where the rows of an environment lie; None where `row` is no environment.

    The environment's own row may have been read from the default database all the same.
    """
    if is_explicit(type(row)):
        return None
    # Not by attribute: Django asks while a row is being built, and would read what is not set yet.
    database = vars(row).get("database")
    return database if isinstance(database, str) else None


def let_go_of_connections() -> None:
    """Close this thread's connections: the thread goes on to other work, perhaps for hours."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
