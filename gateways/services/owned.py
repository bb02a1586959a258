"""What gateways own in an environment: what is cloned, counted, and noticed when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from gateways.models import Agent, Gateway, GatewayHost, Route
from tenants.models import Environment
from tenants.owned_parts import OwnedPart
from tenants.services.quotas import Quota, room

BATCH = 500

AS_NEW: Mapping[str, Any] = {
    "revision": 1,
    "generation": 1,
    "published_generation": 0,
    "published_at": None,
}
"""Numbers of a gateway that nobody has seen yet."""


def copy_gateways(source: Environment, target: Environment, actor: str) -> Mapping[str, int]:
    """Copy every gateway with its hosts and routes, and its weights and layout as they are now.

    Called in a transaction of the target's database. The rows keep every rule, for those that they
    are copies of do. Cost: three reads, and an insert for every 500 rows.

    Raises:
        QuotaReached: they do not all fit.
    """
    rows = Gateway.objects.in_environment(source).present()
    with room(target.organisation, Quota.GATEWAYS) as quota:
        quota.take(rows.count())
        _copies(rows.order_by("pk"), target, **AS_NEW)
    # Asked for, not remembered: MySQL does not tell the ids of what it inserts in bulk.
    names = dict(rows.values_list("pk", "name"))
    made = dict(Gateway.objects.in_environment(target).values_list("name", "pk"))
    ids = {pk: made[name] for pk, name in names.items()}
    for model in (GatewayHost, Route):
        owned = model.objects.in_environment(source).filter(gateway__in=rows)
        _copies(owned.order_by("pk"), target, gateways=ids)
    return {"gateways": len(ids)}


def gateways_in(database: str, environments: Sequence[int]) -> int:
    """Count the gateways of environments in one database, those being removed apart."""
    rows = Gateway.objects.using(database).filter(environment_id__in=environments)
    return rows.present().count()


def agents_alive(environment: Environment) -> Mapping[str, int]:
    """Return how many agents have reported lately."""
    since = timezone.now() - timedelta(seconds=settings.VAMP.agent_timeout_s)
    rows = Agent.objects.in_environment(environment).filter(reported_at__gte=since)
    return {"agents": rows.count()}


def _copies(
    rows: Any, target: Environment, *, gateways: Mapping[int, int] | None = None, **changes: Any
) -> None:
    fresh: list[Model] = []
    for row in rows.iterator(chunk_size=BATCH):
        row.pk, row._state.adding, row._state.db = None, True, target.database
        row.environment = target
        if gateways is not None:
            row.gateway_id = gateways[row.gateway_id]
        for name, value in changes.items():
            setattr(row, name, value)
        fresh.append(row)
    rows.model._base_manager.using(target.database).bulk_create(fresh, batch_size=BATCH)


PART = OwnedPart(
    name="gateways",
    copy=copy_gateways,
    counts={Quota.GATEWAYS: gateways_in},
    leases=("discovery/{}",),
    alive=agents_alive,
)
