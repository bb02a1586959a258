"""Which store serves an environment: its own URL, else its organisation's, else the installation's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings

from tenants.models import Environment, Organisation
from tenants.secrets import NamespaceReader
from vamp import streams, wiring
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.errors import PortError
from vamp.ports.events import EventStream
from vamp.ports.kv import KeyValueStore
from vamp.ports.lines import LineStore
from vamp.ports.metrics import MetricsStore
from vamp.ports.scheduler import Scheduler
from vamp.secrets import kept_secret
from vamp.streams import Scope, Stream

WITHOUT_SECRET = frozenset({"db", "local"})
"""Schemes of drivers that need no credentials: nothing is read for them."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a store is, and what opens it.

    Attributes:
        url: connection URL, without a secret where it stands in SQL.
        key: credentials in the form that the driver takes; empty where it needs none.
    """

    url: str
    key: str = field(default="", repr=False)


def kv_connection(environment: Environment) -> Connection:
    """Return which key-value store is the environment's. Cost: a read for a store of its own.

    Raises:
        PortError: its secret cannot be read.
    """
    own = _own(environment, "kv")
    return own or Connection(settings.KV_URL, settings.KV_KEY)


def metrics_connection(environment: Environment) -> Connection:
    """Return which metrics store is the environment's. See `kv_connection`."""
    return _own(environment, "metrics") or Connection(settings.METRICS_URL)


def kv_url(environment: Environment) -> str:
    """Return the URL of the environment's key-value store."""
    return environment.kv_url or environment.organisation.kv_url or settings.KV_URL


def metrics_url(environment: Environment) -> str:
    """Return the URL of the environment's metrics store."""
    return environment.metrics_url or environment.organisation.metrics_url or settings.METRICS_URL


def kv_key(url: str) -> str:
    """Return the installation's key for the key-value store at `url`, which has no secret set.

    Raises:
        Invalid: the installation has none for it. Its key for Vault is shown to its own Vault
            only, whatever mount: for another server, the namespace's secret must be set.
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
            f"set the secret kv for it, or name another mount of {own}, with the same options",
        )
        raise Invalid(faults=[fault])
    return settings.KV_KEY


def _server(dsn: Dsn) -> tuple[object, ...]:
    return dsn.scheme, dsn.host, dsn.port, sorted(dsn.options.items())


def kv_for(environment: Environment) -> KeyValueStore:
    """Open the environment's key-value store. Cheap: open stores are kept."""
    found = kv_connection(environment)
    return _kv(found.url, found.key)


def installation_kv() -> KeyValueStore:
    """Open the installation's key-value store."""
    return _kv(settings.KV_URL, settings.KV_KEY)


def metrics_for(environment: Environment) -> MetricsStore:
    """Open the environment's metrics store."""
    found = metrics_connection(environment)
    return wiring.metrics_from_url(
        found.url,
        database=environment.database,
        organisation=environment.organisation.name,
        environment=environment.name,
        key=found.key,
    )


def lines_for(environment: Environment) -> LineStore | None:
    """Open the environment's store of raw log lines; None where its metrics store keeps none."""
    found = metrics_connection(environment)
    return wiring.lines_from_url(
        found.url,
        organisation=environment.organisation.name,
        environment=environment.name,
        key=found.key,
    )


def events_of(database: str) -> EventStream:
    """Open the installation's stream for the events of `database`."""
    return streams.opened(streams.installation_stream(), database)


def stream_of(environment: Environment) -> Stream:
    """Return the stream of the environment: its own, else its organisation's, or the installation's."""
    own = _stream(environment) or _stream(environment.organisation)
    return own or streams.installation_stream()


def event_scopes() -> Sequence[Scope]:
    """Return every organisation and environment with the stream that it has of its own.

    Cost: two queries, and a read of the key-value store for each that has one.
    """
    environments = Environment.objects.using(DEFAULT).select_related("organisation")
    return [
        *(
            Scope(f"o{row.pk}", row.name, None, _stream(row))
            for row in Organisation.objects.using(DEFAULT)
        ),
        *(
            Scope(f"e{row.pk}", row.organisation.name, row.name, _stream(row))
            for row in environments
        ),
    ]


def _stream(row: Environment | Organisation) -> Stream | None:
    """Return the stream that a tenant names; the installation's key is for its own server only."""
    url = row.events_url
    if not url:
        return None
    try:
        key = secret_of(row, url, "events")
    except PortError:
        # Its stream refuses us until the key can be read; no other tenant's waits for that.
        key = ""
    dsn, own = Dsn.parse(url), Dsn.parse(settings.EVENTS_URL)
    is_own = (dsn.scheme, dsn.host, dsn.port) == (own.scheme, own.host, own.port)
    return Stream(url, key or (settings.EVENTS_KEY if is_own else ""))


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
    return wiring.scheduler_from_url(
        environment.scheduler_url,
        namespace=environment.namespace,
        service_label=environment.service_label,
        version_label=environment.version_label,
        secret=secret_of(environment, environment.scheduler_url, "scheduler"),
    )


def _own(environment: Environment, store: str) -> Connection | None:
    """Return the store of the environment itself, else of its organisation, else None."""
    for row in (environment, environment.organisation):
        if url := getattr(row, f"{store}_url"):
            return Connection(url, secret_of(row, url, store))
    return None


def secret_of(row: Environment | Organisation, url: str, name: str) -> str:
    """Return what opens the store at `url` that `row` has of its own. Cost: at most one read.

    Args:
        row: whose.
        url: of the store.
        name: of its secret.

    Raises:
        PortError: the secret cannot be read.
        Invalid: none is set, and the installation has none for that server.
    """
    scheme = url.partition(":")[0]
    if scheme in WITHOUT_SECRET:
        return ""
    own = "" if scheme == "file" else namespaces.secret(row, name)
    return own or (kv_key(url) if name == "kv" else "")


@lru_cache(maxsize=256)
def _kv(url: str, key: str) -> KeyValueStore:
    return wiring.kv_from_url(url, key=key)


namespaces = NamespaceReader(installation_kv)
"""The documents of this installation's namespaces."""
