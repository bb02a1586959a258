"""Which store serves an environment: its own URL, else its organisation's, else the installation's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings

from tenants.models import Environment, Organisation
from vamp import streams, wiring
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.events import EventStream
from vamp.ports.kv import KeyValueStore
from vamp.ports.metrics import MetricsStore
from vamp.ports.scheduler import Scheduler
from vamp.streams import Scope, Stream


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


def events_of(database: str) -> EventStream:
    """Open the installation's stream for the events of `database`."""
    return streams.opened(streams.installation_stream(), database)


def stream_of(environment: Environment) -> Stream:
    """Return the stream of the environment: its own, else its organisation's, or the installation's."""
    url = environment.events_url or environment.organisation.events_url
    return _stream(url) or streams.installation_stream()


def event_scopes() -> Sequence[Scope]:
    """Return every organisation and environment with the stream that it has of its own.

    Cost: two queries.
    """
    organisations = Organisation.objects.values_list("pk", "name", "events_url")
    environments = Environment.objects.values_list("pk", "organisation__name", "name", "events_url")
    return [
        *(Scope(f"o{pk}", name, None, _stream(url)) for pk, name, url in organisations),
        *(
            Scope(f"e{pk}", organisation, name, _stream(url))
            for pk, organisation, name, url in environments
        ),
    ]


def _stream(url: str) -> Stream | None:
    """Return the stream that a tenant names; the installation's key is for its own server only."""
    if not url:
        return None
    dsn, own = Dsn.parse(url), Dsn.parse(settings.EVENTS_URL)
    is_own = (dsn.scheme, dsn.host, dsn.port) == (own.scheme, own.host, own.port)
    return Stream(url, settings.EVENTS_KEY if is_own else "")


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
