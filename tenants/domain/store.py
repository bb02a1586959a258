"""The systems that a tenant is connected to, and where each connection may be set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Store(StrEnum):
    """One connection; the value stands in addresses and is the name of its secret."""

    DATABASE = "database"
    KV = "kv"
    EVENTS = "events"
    METRICS = "metrics"
    SCHEDULER = "scheduler"
    BROKER = "broker"

    @property
    def label(self) -> str:
        """What people call it."""
        return TITLES[self]


TITLES: Mapping[Store, str] = {
    Store.DATABASE: "SQL database",
    Store.KV: "Key-value store",
    Store.EVENTS: "Event stream",
    Store.METRICS: "Metrics store",
    Store.SCHEDULER: "Scheduler",
    Store.BROKER: "Broker",
}

OF_INSTALLATION: Sequence[Store] = (
    Store.DATABASE, Store.BROKER, Store.KV, Store.EVENTS, Store.METRICS,
)  # fmt: skip
OF_ORGANISATION: Sequence[Store] = (Store.KV, Store.EVENTS, Store.METRICS)
OF_ENVIRONMENT: Sequence[Store] = (
    Store.DATABASE, Store.KV, Store.EVENTS, Store.METRICS, Store.SCHEDULER,
)  # fmt: skip
"""What each has, in the order of the screens. The broker is the whole installation's."""

SETTABLE: Sequence[Store] = (Store.KV, Store.EVENTS, Store.METRICS, Store.SCHEDULER)
"""What an organisation or environment may set by a URL, and so what can be tried before it is saved."""

SYSTEMS: Mapping[str, str] = {
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "file": "encrypted folder",
    "vault": "Vault",
    "db": "SQL database",
    "nats": "NATS JetStream",
    "elasticsearch": "Elasticsearch",
    "local": "processes of this machine",
    "kubernetes": "Kubernetes",
    "filesystem": "folder of queues",
    "redis": "Redis",
    "rediss": "Redis",
}
"""Scheme of a URL → what should answer there."""
