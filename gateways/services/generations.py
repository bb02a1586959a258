"""Raising generations: telling agents that what is behind a gateway changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from gateways.models import Gateway, Route
from tenants.models import Environment

BATCH = 500


def raise_generations(environment: Environment, versions: Iterable[tuple[str, str]]) -> list[str]:
    """Give every gateway with a route to one of `versions` a new generation.

    Called inside a transaction on the environment's database. Cost: one read of the routes to the
    services concerned, one update a batch of gateways.

    Returns:
        Names of those gateways.
    """
    wanted = set(versions)
    if not wanted:
        return []
    services = sorted({service for service, _ in wanted})
    ids: dict[int, str] = {}
    for start in range(0, len(services), BATCH):
        rows = (
            Route.objects.in_environment(environment)
            .filter(service__in=services[start : start + BATCH])
            .values_list("gateway_id", "gateway__name", "service", "version")
        )
        ids |= {pk: name for pk, name, service, version in rows if (service, version) in wanted}
    keys = sorted(ids)
    for start in range(0, len(keys), BATCH):
        Gateway.objects.in_environment(environment).filter(
            pk__in=keys[start : start + BATCH]
        ).update(generation=F("generation") + 1)
    return sorted(ids.values())
