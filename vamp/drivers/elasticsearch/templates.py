"""Index templates of ours: explicit mappings, put before anything is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vamp.drivers.elasticsearch.client import port_errors
from vamp.drivers.elasticsearch.indices import template_pattern

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

KINDS = ("rollup", "traffic", "metrics", "health", "audit", "events")
"""Kinds of documents. A kind's place is part of its template's priority, so that no two are equal:
Elasticsearch refuses equal ones whose patterns could overlap in theory."""

_PRIORITY = 500

LOOK_AGAIN_S = 60.0
"""How long a template is taken to be there; a server that was emptied gets it again after that."""


@dataclass(frozen=True, slots=True)
class Template:
    """How one kind of document is stored.

    Attributes:
        kind: one of `KINDS`.
        version: raised with each change of the rest; a newer one on the server is left alone.
        properties: Elasticsearch's mapping, field by field.
        dynamic: ``strict`` refuses documents with other fields, ``false`` keeps those unindexed.
        settings: of each index, beside one shard and a copy where there is a second node.
    """

    kind: str
    version: int
    properties: Mapping[str, Any]
    dynamic: str = "strict"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def body(self, prefix: str) -> dict[str, Any]:
        """Return what Elasticsearch is told."""
        return {
            "index_patterns": [template_pattern(prefix, self.kind)],
            "priority": _PRIORITY + KINDS.index(self.kind),
            "version": self.version,
            "template": {
                "settings": {
                    "index.number_of_shards": 1,
                    "index.auto_expand_replicas": "0-1",
                    **self.settings,
                },
                "mappings": {"dynamic": self.dynamic, "properties": dict(self.properties)},
            },
            "meta": {"owner": "vamp"},
        }


class TemplateKeeper:
    """Sees that the templates are there. One for each client; safe between threads."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def ensure(self, template: Template, prefix: str) -> None:
        """Put `template` unless it was seen within `LOOK_AGAIN_S`. Cost: one or two requests then.

        Raises:
            PortError: it cannot be put; nothing should be written without it.
        """
        name = f"{prefix}-{template.kind}"
        with self._lock:
            if time.monotonic() - self._seen.get(name, float("-inf")) < LOOK_AGAIN_S:
                return
            with port_errors():
                if version_of(self._client, name) < template.version:
                    self._client.indices.put_index_template(name=name, **template.body(prefix))
            self._seen[name] = time.monotonic()

    def forget(self) -> None:
        """Look again before the next write: the server went away, or lost an index."""
        with self._lock:
            self._seen.clear()


def version_of(client: Elasticsearch, name: str) -> int:
    """Return the version of the template called `name`, 0 where there is none."""
    found = client.options(ignore_status=404).indices.get_index_template(
        name=name, filter_path="index_templates.index_template.version"
    )
    templates = found.body.get("index_templates") or [{}]
    return int(templates[0].get("index_template", {}).get("version", 0))


def present(client: Elasticsearch, prefix: str) -> list[str]:
    """Return the names of our templates that are there for `prefix`. One request a kind."""
    with port_errors():
        names = [f"{prefix}-{kind}" for kind in KINDS]
        return [name for name in names if client.indices.exists_index_template(name=name)]


def forget(client: Elasticsearch, prefix: str, *, but: Collection[str]) -> None:
    """Remove our templates of `prefix`, apart from those called `but`. Idempotent."""
    for name in set(present(client, prefix)) - set(but):
        with port_errors():
            client.options(ignore_status=404).indices.delete_index_template(name=name)
