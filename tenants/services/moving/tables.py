"""Which tables hold what is an environment's, and so move with it.

Its audit trail, its events and its dead letters stay where they were written: the trail is a chain
within its database, which checkpoints and gaps of that database prove; cursors and message ids
belong to theirs. They are read from both. Its fence guards one database, and stays there.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import apps
from django.db.models import Model, Q

from tenants.models import Environment
from tenants.models.owned import EnvironmentOwned
from vamp.models import RollupRow
from vamp.rowcopy import Table, in_order


def owned_models() -> Sequence[type[Model]]:
    """Return every model of an environment's rows, parents before children."""
    return in_order([each for each in apps.get_models() if issubclass(each, EnvironmentOwned)])


def named_models() -> Sequence[type[Model]]:
    """Return every model that names its environment and moves with it."""
    return [RollupRow]


def tables_of(environment: Environment) -> Sequence[Table]:
    """Return what moves with an environment, parents before children."""
    by_name = Q(organisation=environment.organisation.name, environment=environment.name)
    return [
        *(Table(model, Q(environment_id=environment.pk)) for model in owned_models()),
        # Written once, never changed: many rows are compared by their sums.
        Table(RollupRow, by_name, sums=("count", "errors", "bytes_out")),
    ]
