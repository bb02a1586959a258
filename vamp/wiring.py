"""The only place where a URL becomes a driver. Free of Django, so that the agent can use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid

if TYPE_CHECKING:
    from vamp.ports.audit import AuditArchive
    from vamp.ports.clock import Clock
    from vamp.ports.events import EventStream
    from vamp.ports.hints import HintChannel
    from vamp.ports.kv import KeyValueStore
    from vamp.ports.lines import LineStore
    from vamp.ports.metrics import MetricsStore
    from vamp.ports.scheduler import Scheduler

KV_SCHEMES: Sequence[str] = ("file", "vault")
EVENTS_SCHEMES: Sequence[str] = ("db", "nats")
METRICS_SCHEMES: Sequence[str] = ("db", "elasticsearch")
AGENT_METRICS_SCHEMES: Sequence[str] = ("elasticsearch",)
SCHEDULER_SCHEMES: Sequence[str] = ("local", "kubernetes")
"""Schemes that a driver exists for, first the embedded one; every door checks against these."""


def kv_from_url(url: str, *, key: str = "") -> KeyValueStore:
    """Open the key-value store at `url`: ``file:///path`` or ``vault://host:port/mount``.

    Args:
        url: connection URL.
        key: for ``file:``, the master key (base64) or an agent's
            ``env:<organisation>/<environment>:<base64>``; for ``vault:``, ``token:<token>`` or
            ``approle:<role_id>:<secret_id>``.
    """
    dsn = dsn_of(url, "key-value store", KV_SCHEMES)
    if dsn.scheme == "vault":
        from vamp.drivers.kv.vault.store import VaultStore

        return VaultStore.from_dsn(dsn, key=key)
    from vamp.drivers.kv.file import FileStore

    return FileStore.from_dsn(dsn, key=key)


def events_from_url(
    url: str,
    *,
    database: str,
    key: str = "",
    retention_days: int = 30,
    is_gone: Callable[[str], bool] = lambda organisation: False,
) -> EventStream:
    """Open the event stream at `url`: ``db:`` or ``nats://[user:password@]host:port``.

    Args:
        url: connection URL; a NATS server takes ``?tls=on&ca=/path`` as well.
        database: for ``db:``, whose events; a NATS server carries those of all.
        key: for ``nats:``, the contents of a creds file, or empty.
        retention_days: for ``nats:``, how long events are kept.
        is_gone: for ``nats:``, tells of an organisation's name whether it is deleted for good, so
            that no event of it makes its stream anew.
    """
    dsn = dsn_of(url, "event stream", EVENTS_SCHEMES)
    if dsn.scheme == "nats":
        from vamp.drivers.events.jetstream import JetStream

        return JetStream.from_dsn(
            dsn, key=key, retention_s=retention_days * 86_400.0, is_gone=is_gone
        )
    from vamp.bells import positioned
    from vamp.drivers.events.database import DatabaseStream

    return DatabaseStream(database, positioned())


def hints_from_url(url: str, *, key: str = "") -> HintChannel | None:
    """Open what carries hints beside the event stream at `url`; None where nothing does.

    Args:
        url: as for `events_from_url`; ``db:`` has none.
        key: as for `events_from_url`.
    """
    dsn = dsn_of(url, "event stream", EVENTS_SCHEMES)
    if dsn.scheme != "nats":
        return None
    from vamp.drivers.events.nats_hints import NatsHints

    return NatsHints.from_dsn(dsn, key=key)


def metrics_from_url(
    url: str, *, database: str, organisation: str, environment: str, key: str = ""
) -> MetricsStore:
    """Open the metrics store at `url`, for one environment.

    Args:
        url: ``db:``, or ``elasticsearch://[user:password@]host:port/prefix`` with ``?tls=off`` or
            ``?ca=/path``, and ``api_key=…`` instead of a user.
        database: for ``db:``, alias of the database that the environment's rows lie in.
        organisation: name.
        environment: name.
        key: ``user:password`` or ``api_key:…``, where `url` does not hold it.
    """
    dsn = dsn_of(with_login(url, key), "metrics store", METRICS_SCHEMES)
    if dsn.scheme == "elasticsearch":
        from vamp.drivers.metrics.elasticsearch import ElasticsearchMetrics

        return ElasticsearchMetrics.from_dsn(
            dsn, organisation=organisation, environment=environment
        )
    from vamp.drivers.metrics.database import DatabaseMetrics

    return DatabaseMetrics(database, organisation, environment)


def lines_from_url(
    url: str, *, organisation: str, environment: str, key: str = ""
) -> LineStore | None:
    """Open the store of raw log lines beside the rollups of `url`; None where none are kept.

    Args:
        url: of the metrics store, see `metrics_from_url`; ``db:`` keeps no lines.
        organisation: name.
        environment: name.
        key: see `metrics_from_url`.
    """
    dsn = dsn_of(with_login(url, key), "metrics store", METRICS_SCHEMES)
    if dsn.scheme != "elasticsearch":
        return None
    from vamp.drivers.lines.elasticsearch import ElasticsearchLines

    return ElasticsearchLines.from_dsn(dsn, organisation=organisation, environment=environment)


def audit_archive_from_url(
    url: str, *, organisation: str, environment: str = "", key: str = "", folder: str = ""
) -> AuditArchive | None:
    """Open the audit archive beside the metrics of `url`, or in a folder; None where none is kept.

    Args:
        url: of the metrics store, see `metrics_from_url`; ``db:`` keeps none of its own, for the
            trail lies in the database itself.
        organisation: name.
        environment: name; empty for what is the organisation's own.
        key: see `metrics_from_url`.
        folder: where the archives lie of those whose metrics store keeps none; empty for nowhere.
    """
    dsn = dsn_of(with_login(url, key), "metrics store", METRICS_SCHEMES)
    if dsn.scheme != "elasticsearch":
        if not folder:
            return None
        from vamp.drivers.audit.files import FileAudit

        return FileAudit(Path(folder), organisation, environment)
    from vamp.drivers.audit.elasticsearch import ElasticsearchAudit

    return ElasticsearchAudit.from_dsn(dsn, organisation=organisation, environment=environment)


def with_login(url: str, key: str) -> str:
    """Return the metrics store's URL with the credentials that it does not hold itself.

    Args:
        url: see `metrics_from_url`.
        key: ``user:password`` or ``api_key:…``; empty for none.
    """
    if not key:
        return url
    parts = urlsplit(url)
    kind, _, rest = key.partition(":")
    if kind == "api_key":
        query = "&".join(filter(None, [parts.query, f"api_key={quote(rest, safe='')}"]))
        return urlunsplit(parts._replace(query=query))
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{quote(kind, safe='')}:{quote(rest, safe='')}@{place}")
    )


def scheduler_from_url(
    url: str,
    *,
    namespace: str = "",
    service_label: str = "app",
    version_label: str = "version",
    secret: str = "",
) -> Scheduler:
    """Open the scheduler at `url`: ``local:/path/to/folder`` or ``kubernetes://host:port``.

    Args:
        url: connection URL; ``kubernetes:`` alone is the cluster that this process runs in.
        namespace: of a cluster.
        service_label: label that names the service; ``app`` also takes the recommended one.
        version_label: label that names the version; ``version`` likewise.
        secret: a cluster's credentials, JSON such as ``{"token": …, "ca": …}``.
    """
    dsn = dsn_of(url, "scheduler", SCHEDULER_SCHEMES)
    if dsn.scheme == "local":
        from vamp.drivers.scheduler.local.driver import LocalScheduler

        return LocalScheduler.from_dsn(dsn)
    from vamp.drivers.scheduler.kubernetes.driver import KubernetesScheduler

    return KubernetesScheduler.from_dsn(
        dsn,
        namespace=namespace,
        service_label=service_label,
        version_label=version_label,
        secret=secret,
    )


def system_clock() -> Clock:
    """Return the machine's clock."""
    from vamp.drivers.clock.system import SystemClock

    return SystemClock()


def check_scheme(url: str, what: str, allowed: Sequence[str]) -> None:
    """Refuse a URL whose scheme has no driver, naming those that have one.

    Of a ``vault:`` and of an ``elasticsearch:`` URL the rest is looked at too.

    Raises:
        Invalid: see above; the URL is not repeated.
    """
    dsn = dsn_of(url, what, allowed)
    if dsn.scheme == "vault":
        from vamp.drivers.kv.vault.address import Address

        Address.from_dsn(dsn)
    elif dsn.scheme == "elasticsearch":
        from vamp.drivers.elasticsearch import client, indices

        client.check(dsn)
        indices.prefix_of(dsn)


def check_kv(url: str, *, key: str) -> None:
    """Refuse a key-value store's URL or key that has not the form which its driver takes.

    Asks no server.

    Raises:
        Invalid: see above; neither URL nor key is repeated.
    """
    check_scheme(url, "key-value store", KV_SCHEMES)
    if Dsn.parse(url).scheme == "vault":
        from vamp.drivers.kv.vault.credentials import parse_credentials

        parse_credentials(key)


def dsn_of(url: str, what: str, allowed: Sequence[str]) -> Dsn:
    """Return what a URL says, where its scheme has a driver.

    Args:
        url: connection URL.
        what: is at it, in words.
        allowed: schemes.

    Raises:
        Invalid: it has none, or is no URL; it is not repeated.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme not in allowed:
        schemes = ", ".join(f"{scheme}:" for scheme in allowed)
        raise Invalid(
            faults=[Fault("", f"{dsn.scheme}: is no {what}", f"allowed schemes: {schemes}")]
        )
    return dsn
