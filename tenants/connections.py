"""Which store serves an environment: its own URL, else its organisation's, else the installation's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings

from tenants.models import Environment, Organisation
from tenants.secrets import NamespaceReader
from tenants.twins import Twins
from vamp import streams, wiring
from vamp.databases import DEFAULT
from vamp.dedicated import learnt
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.audit import AuditArchive
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
    return url_of(environment, "kv", environment.kv_url)


def metrics_url(environment: Environment) -> str:
    """Return the URL of the environment's metrics store."""
    return url_of(environment, "metrics", environment.metrics_url)


def url_of(environment: Environment, store: str, own: str) -> str:
    """Return the URL of a store (kv, metrics, events) of an environment that names `own`."""
    inherited: str = getattr(environment.organisation, f"{store}_url")
    return own or inherited or str(getattr(settings, f"{store.upper()}_URL"))


def connection_at(environment: Environment, store: str, own: str) -> Connection:
    """Return which store an environment has that names `own`; see `kv_connection`.

    Also of one that it does not name yet, or no more: what opens that one is kept apart.
    """
    for row, url in (
        (environment, own),
        (environment.organisation, getattr(environment.organisation, f"{store}_url")),
    ):
        if url:
            return Connection(url, secret_of(row, url, store))
    return Connection(
        str(getattr(settings, f"{store.upper()}_URL")),
        str(getattr(settings, f"{store.upper()}_KEY", "")),
    )


def store_secret_name(store: str, url: str) -> str:
    """Return under which name what opens one certain store is kept, beside the present one's."""
    return f"{store}@{hashlib.blake2b(url.encode(), digest_size=8).hexdigest()}"


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
    if not environment.kv_old_url:
        return _kv(found.url, found.key)
    old = connection_at(environment, "kv", environment.kv_old_url)
    return _twins(found.url, found.key, old.url, old.key)


def kv_at(environment: Environment, own: str) -> KeyValueStore:
    """Open the key-value store that the environment has if it names `own`."""
    found = connection_at(environment, "kv", own)
    return _kv(found.url, found.key)


def metrics_at(environment: Environment, own: str) -> MetricsStore:
    """Open the metrics store that the environment has if it names `own`."""
    return _metrics(environment, connection_at(environment, "metrics", own))


def installation_kv() -> KeyValueStore:
    """Open the installation's key-value store."""
    return _kv(settings.KV_URL, settings.KV_KEY)


def metrics_for(environment: Environment) -> MetricsStore:
    """Open the environment's metrics store."""
    return _metrics(environment, metrics_connection(environment))


def _metrics(environment: Environment, found: Connection) -> MetricsStore:
    return wiring.metrics_from_url(
        found.url,
        database=environment.database,
        organisation=environment.organisation.name,
        environment=environment.name,
        key=found.key,
    )


def lines_for(environment: Environment) -> LineStore | None:
    """Open the environment's store of raw log lines; None where its metrics store keeps none."""
    return _lines(environment, metrics_connection(environment))


def lines_at(environment: Environment, own: str) -> LineStore | None:
    """Open the store of lines that the environment has if it names the metrics store `own`."""
    return _lines(environment, connection_at(environment, "metrics", own))


def _lines(environment: Environment, found: Connection) -> LineStore | None:
    return wiring.lines_from_url(
        found.url,
        organisation=environment.organisation.name,
        environment=environment.name,
        key=found.key,
    )


def audit_archive_of(organisation: str, environment: str = "") -> AuditArchive | None:
    """Open the audit archive of a namespace, by its names; it lies beside its metrics.

    Args:
        organisation: name.
        environment: name; empty for what is the organisation's own.

    Returns:
        None where its metrics store keeps none, and where there is no such namespace.

    Raises:
        PortError: the secret of its store cannot be read.
    """
    row: Environment | Organisation | None
    if environment:
        environments = Environment.objects.using(DEFAULT).select_related("organisation")
        row = environments.filter(organisation__name=organisation, name=environment).first()
        own = _own(row, "metrics") if row else None
    else:
        row = Organisation.objects.using(DEFAULT).filter(name=organisation).first()
        own = _own_of(row, "metrics") if row else None
    if row is None:
        return None
    found = own or Connection(settings.METRICS_URL)
    return wiring.audit_archive_from_url(
        found.url, organisation=organisation, environment=environment, key=found.key,
        folder=settings.AUDIT_FOLDER,
    )  # fmt: skip


def events_of(database: str) -> EventStream:
    """Open the installation's stream for the events of `database`."""
    return streams.opened(streams.installation_stream(), database)


def stream_of(environment: Environment) -> Stream:
    """Return the stream of the environment: its own, else its organisation's, or the installation's."""
    own = _stream(environment) or _stream(environment.organisation)
    return own or streams.installation_stream()


def organisation_stream(organisation: Organisation) -> Stream:
    """Return the stream of what is an organisation's: its own, or the installation's."""
    return _stream(organisation) or streams.installation_stream()


def event_scopes() -> Sequence[Scope]:
    """Return every organisation and environment with the stream that it has of its own.

    Also looks which databases there are by now: events may wait in one in which no environment
    lies any more. Cost: three queries, and a read of the key-value store for each that has one.
    """
    learnt.look()
    environments = Environment.objects.using(DEFAULT).select_related("organisation")
    return [
        *(
            Scope(f"o{row.pk}", row.name, None, _stream(row))
            for row in Organisation.objects.using(DEFAULT)
        ),
        *(
            Scope(
                f"e{row.pk}",
                row.organisation.name,
                row.name,
                _stream(row),
                draining=stream_at(row, row.events_old_url) if row.events_old_url else None,
            )
            for row in environments
        ),
    ]


def stream_at(row: Environment | Organisation, url: str) -> Stream:
    """Return the stream at `url` as `row` opens it; the installation's key is for its own server."""
    try:
        key = secret_of(row, url, "events")
    except PortError:
        # Its stream refuses us until the key can be read; no other tenant's waits for that.
        key = ""
    return Stream(url, key or events_key(url))


def events_key(url: str) -> str:
    """Return the installation's key for the stream at `url`, which has no secret set.

    It is shown to its own server only; for another it is empty.
    """
    dsn, own = Dsn.parse(url), Dsn.parse(settings.EVENTS_URL)
    is_own = (dsn.scheme, dsn.host, dsn.port) == (own.scheme, own.host, own.port)
    return str(settings.EVENTS_KEY) if is_own else ""


def _stream(row: Environment | Organisation) -> Stream | None:
    return stream_at(row, row.events_url) if row.events_url else None


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
    return _own_of(environment, store) or _own_of(environment.organisation, store)


def _own_of(row: Environment | Organisation, store: str) -> Connection | None:
    """Return the store that is named in `row` itself."""
    url = getattr(row, f"{store}_url")
    return Connection(url, secret_of(row, url, store)) if url else None


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
    if scheme == "file":
        return kv_key(url) if name == "kv" else ""
    own = namespaces.secret(row, store_secret_name(name, url)) or namespaces.secret(row, name)
    return own or (kv_key(url) if name == "kv" else "")


@lru_cache(maxsize=256)
def _kv(url: str, key: str) -> KeyValueStore:
    return wiring.kv_from_url(url, key=key)


@lru_cache(maxsize=256)
def _twins(url: str, key: str, old_url: str, old_key: str) -> KeyValueStore:
    return Twins(_kv(url, key), _kv(old_url, old_key))


namespaces = NamespaceReader(installation_kv)
"""The documents of this installation's namespaces."""
