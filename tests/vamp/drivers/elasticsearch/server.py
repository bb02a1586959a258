"""A space of its own on the stack's Elasticsearch, for each test that writes there."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from vamp.drivers.elasticsearch.cluster import Cluster
from vamp.drivers.metrics.elasticsearch import ElasticsearchMetrics
from vamp.dsn import Dsn

ADDRESS = "VAMP_STACK_ELASTICSEARCH_ADDR"
"""Variable with the server's address, ``http://host:port``."""


@dataclass(frozen=True)
class Space:
    """Indices with a prefix that nobody else uses, on the server at `address`."""

    address: str
    prefix: str

    @classmethod
    @contextmanager
    def of_its_own(cls) -> Iterator[Space]:
        """Give one, and leave nothing of it on the server."""
        space = cls(os.environ[ADDRESS], f"test_{secrets.token_hex(6)}")
        try:
            yield space
        finally:
            space.clear()

    @property
    def url(self) -> str:
        return self.url_at(self.address)

    def url_at(self, address: str) -> str:
        """Return the space's URL by way of another address: a proxy before the server."""
        parts = urlsplit(address)
        tls = "" if parts.scheme == "https" else "?tls=off"
        return f"elasticsearch://{parts.netloc}/{self.prefix}{tls}"

    @property
    def cluster(self) -> Cluster:
        return Cluster(Dsn.parse(self.url))

    def metrics(self, organisation: str, environment: str) -> ElasticsearchMetrics:
        return ElasticsearchMetrics(self.cluster, organisation, environment)

    def indices(self) -> list[str]:
        return sorted(self.cluster.client.indices.get(index=f"{self.prefix}-*").body)

    def clear(self) -> None:
        client = self.cluster.client
        for index in self.indices():
            client.indices.delete(index=index, ignore_unavailable=True)
        client.options(ignore_status=404).indices.delete_index_template(name=f"{self.prefix}-*")


class _Noted(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.requests.append(record.getMessage())


@contextmanager
def requests_sent() -> Iterator[list[str]]:
    """Note every request that the client library sends within the block."""
    noted, logger = _Noted(), logging.getLogger("elastic_transport.transport")
    level = logger.level
    logger.addHandler(noted)
    logger.setLevel(logging.INFO)
    try:
        yield noted.requests
    finally:
        logger.removeHandler(noted)
        logger.setLevel(level)
