"""Which store serves an environment: its own URL, else its organisation's, else the installation's."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from tenants.models import Environment
from vamp import wiring
from vamp.errors import Fault, Invalid
from vamp.ports.events import EventStream
from vamp.ports.kv import KeyValueStore
from vamp.ports.lines import LineStore
from vamp.ports.metrics import MetricsStore
from vamp.ports.scheduler import Scheduler


def kv_url(environment: Environment) -> str:
    """Return the URL of the environment's key-value store."""
    return environment.kv_url or environment.organisation.kv_url or settings.KV_URL


def metrics_url(environment: Environment) -> str:
    """Return the URL of the environment's metrics store."""
    return environment.metrics_url or environment.organisation.metrics_url or settings.METRICS_URL


def kv_for(environment: Environment) -> KeyValueStore:
    """Open the environment's key-value store. Cheap: open stores are kept."""
    return _kv(kv_url(environment))


def installation_kv() -> KeyValueStore:
    """Open the installation's key-value store."""
    return _kv(settings.KV_URL)


def metrics_for(environment: Environment) -> MetricsStore:
    """Open the environment's metrics store."""
    return wiring.metrics_from_url(
        metrics_url(environment),
        database=environment.database,
        organisation=environment.organisation.name,
        environment=environment.name,
    )


def lines_for(environment: Environment) -> LineStore | None:
    """Open the environment's store of raw log lines; None where its metrics store keeps none."""
    return wiring.lines_from_url(
        metrics_url(environment),
        organisation=environment.organisation.name,
        environment=environment.name,
    )


def events_of(database: str) -> EventStream:
    """Open the stream that carries the events of `database`."""
    return wiring.events_from_url(settings.EVENTS_URL, database=database)


def scheduler_for(environment: Environment) -> Scheduler:
    """Open the environment's scheduler.

    Raises:
        Invalid: the environment has none.
    """
    if not environment.scheduler_url:
        raise Invalid(
            faults=[
                Fault(
                    "/scheduler_url",
                    f"environment {environment} has no scheduler",
                    "set one, such as local:/srv/vamp/services",
                )
            ]
        )
    return wiring.scheduler_from_url(environment.scheduler_url)


@lru_cache(maxsize=256)
def _kv(url: str) -> KeyValueStore:
    key = settings.KV_KEY if url.startswith("file:") else ""
    return wiring.kv_from_url(url, key=key)
