"""Audit entries as Elasticsearch stores them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vamp.drivers.elasticsearch.templates import Template
from vamp.ports.audit import ArchivedEntry
from vamp.ports.errors import PortRefused

_KEYWORD = {"type": "keyword", "ignore_above": 1024}

_WORDS = (
    "database", "organisation", "environment", "actor", "token", "verb", "kind", "name",
    "request_id", "digest", "link",
)  # fmt: skip

AUDIT = Template(
    kind="audit",
    version=1,
    dynamic="strict",
    settings={"index.codec": "best_compression"},
    properties={
        "at": {"type": "date", "format": "strict_date_optional_time"},
        "position": {"type": "long"},
        "id": {"type": "long"},
        **dict.fromkeys(_WORDS, _KEYWORD),
        "source_address": {"type": "ip"},
        # As they are, and not indexed: fields of every object there is would become fields here.
        "before": {"type": "object", "enabled": False},
        "after": {"type": "object", "enabled": False},
        "text": {"type": "text"},
    },
)


def document_of(entry: ArchivedEntry) -> bytes:
    """Return the document of `entry`, on one line. ``text`` finds it by any word of it."""
    said = {name: getattr(entry, name) for name in _WORDS}
    document: dict[str, Any] = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "position": entry.position,
        "id": entry.id,
        **said,
        "text": " ".join([entry.actor, entry.verb.replace(".", " "), entry.kind, entry.name]),
    }
    more = {
        "source_address": entry.source_address,
        "before": entry.before,
        "after": entry.after,
    }
    document |= {name: value for name, value in more.items() if value is not None}
    return json.dumps(document, separators=(",", ":")).encode()


def entry_of(document: Mapping[str, Any]) -> ArchivedEntry:
    """Return the entry that a document holds.

    Raises:
        PortRefused: it is none of ours, or somebody changed its form.
    """
    try:
        return ArchivedEntry(
            **{name: str(document[name]) for name in _WORDS},
            at=datetime.fromisoformat(document["at"]),
            position=int(document["position"]),
            id=int(document["id"]),
            before=document.get("before"),
            after=document.get("after"),
            source_address=document.get("source_address"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PortRefused(f"a document of the audit archive cannot be read: {error!r}") from error


def older_than(before: datetime) -> Mapping[str, Any]:
    """Return the query for entries written before `before`."""
    moment = before.astimezone(UTC).isoformat(timespec="microseconds")
    return {"range": {"at": {"lt": moment}}}
