"""Which store serves an environment: its own URL, else its organisation's, else the installation's."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from tenants.models import Environment
from vamp import wiring
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.events import EventStream
from vamp.ports.kv import KeyValueStore
from vamp.ports.metrics import MetricsStore
from vamp.ports.scheduler import Scheduler
from vamp.secrets import kept_secret


def kv_url(environment: Environment) -> str:
    """Return the URL of the environment's key-value store."""
    return environment.kv_url or environment.organisation.kv_url or settings.KV_URL


def metrics_url(environment: Environment) -> str:
    """Return the URL of the environment's metrics store."""
    return environment.metrics_url or environment.organisation.metrics_url or settings.METRICS_URL


def kv_key(url: str) -> str:
    """Return the installation's key for the key-value store at `url`.

    Raises:
        Invalid: the installation has none for it. Its key for Vault is shown to its own Vault
            only, whatever mount: a tenant may name another mount, never another server.
    """
    dsn, own = Dsn.parse(url), Dsn.parse(settings.KV_URL)
    if dsn.scheme == "file":
        return (
            settings.KV_KEY if own.scheme == "file" else kept_secret(settings.STATE_DIR, "kv_key")
        )
    if _server(dsn) != _server(own):
        fault = Fault(
            "/kv_url",
            f"{dsn} is not on the installation's own server",
            f"name another mount of {own}, with the same options",
        )
        raise Invalid(faults=[fault])
    return settings.KV_KEY


def _server(dsn: Dsn) -> tuple[object, ...]:
    return dsn.scheme, dsn.host, dsn.port, sorted(dsn.options.items())


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
    return wiring.kv_from_url(url, key=kv_key(url))
