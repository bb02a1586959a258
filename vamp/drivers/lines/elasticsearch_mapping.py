"""Raw lines as Elasticsearch stores them, and as they read. Pure.

A document is HAProxy's own JSON with the keys it always had (``ci``, ``Tt``, ``ST`` …), and before
them what the agent knows. Aliases give the short keys names that people can ask for; fields that
have no use in a question are kept and not indexed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from vamp.drivers.elasticsearch.templates import Template
from vamp.ports.lines import LineFilter, LoggedRequest

_KEYWORD = {"type": "keyword", "ignore_above": 1024}
_NUMBER = {"type": "integer", "index": False}
_MS = {"type": "date", "format": "epoch_millis||strict_date_optional_time"}

ALIASES: Mapping[str, str] = {
    "client": "ci",
    "instance": "s",
    "backend": "b",
    "frontend": "ft",
    "status": "ST",
    "bytes_out": "B",
    "wait_ms": "Tw",
    "connect_ms": "Tc",
    "answer_ms": "Tr",
    "total_ms": "took",
    "retries": "rc",
    "request": "r",
}
"""Names that may be asked for → HAProxy's keys."""

TRAFFIC = Template(
    kind="traffic",
    version=1,
    dynamic="false",
    settings={
        # HAProxy writes "unix:1" for a client, "+" before a number: the rest is worth keeping.
        "index.mapping.ignore_malformed": True,
        "index.codec": "best_compression",
        "index.refresh_interval": "5s",
    },
    properties={
        "at": _MS,
        **{
            name: {"type": "keyword"}
            for name in ("agent", "gateways", "routes", "passed", "service", "version")
        },
        "share": {"type": "float", "index": False},
        "took": _NUMBER,
        "ci": {"type": "ip"},
        "ft": _KEYWORD,
        "b": _KEYWORD,
        "s": _KEYWORD,
        "ST": {"type": "short"},
        "B": {"type": "long", "index": False},
        **dict.fromkeys(("Tq", "Tw", "Tc", "Tr", "Tt", "rc"), _NUMBER),
        "tsc": _KEYWORD,
        "ts": _KEYWORD,
        "r": _KEYWORD,
        **{name: {"type": "alias", "path": path} for name, path in ALIASES.items()},
    },
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Return `moment`, aware, as whole milliseconds since 1970, rounded up.

    A line is of a whole millisecond, so ``line >= moment`` holds just where ``line >= this`` does.
    """
    return -((_EPOCH - moment) // timedelta(milliseconds=1))


def query_of(wanted: LineFilter) -> dict[str, Any]:
    """Return the query that finds what is wanted."""
    span = {"gte": milliseconds(wanted.start), "lt": milliseconds(wanted.end)}
    if wanted.route is None:
        place = {"term": {"gateways": wanted.gateway}}
    else:
        place = {"term": {"passed": f"{wanted.gateway}:{wanted.route}"}}
    parts: list[dict[str, Any]] = [place, {"range": {"at": {**span, "format": "epoch_millis"}}}]
    status = {"gte": wanted.lowest_status, "lte": wanted.highest_status}
    if limits := {key: value for key, value in status.items() if value is not None}:
        parts.append({"range": {"ST": limits}})
    return {"bool": {"filter": parts}}


def older_than(before: datetime) -> Mapping[str, Any]:
    """Return the query for lines of requests that ended before `before`."""
    return {"range": {"at": {"lt": milliseconds(before), "format": "epoch_millis"}}}


def request_of(found: Mapping[str, Any]) -> LoggedRequest:
    """Read a document. What it does not have reads as empty, or -1 for a time."""
    method, path, protocol = _request_line(str(found.get("r", "")))
    return LoggedRequest(
        at=_EPOCH + timedelta(milliseconds=int(found["at"])),
        agent=str(found.get("agent", "")),
        gateways=tuple(found.get("gateways", ())),
        routes=tuple(found.get("routes", ())),
        service=str(found.get("service", "")),
        version=str(found.get("version", "")),
        instance="" if found.get("s") == "<NOSRV>" else str(found.get("s", "")),
        client=str(found.get("ci", "")),
        method=method,
        path=path,
        protocol=protocol,
        status=max(0, int(found.get("ST", 0))),
        bytes_out=int(found.get("B", 0)),
        wait_ms=int(found.get("Tw", -1)),
        connect_ms=int(found.get("Tc", -1)),
        answer_ms=int(found.get("Tr", -1)),
        total_ms=int(found.get("took", -1)),
        ending=str(found.get("tsc") or found.get("ts") or ""),
        share=float(found.get("share", 1)),
    )


def _request_line(text: str) -> tuple[str, str, str]:
    """Part ``GET /a b HTTP/1.1`` into method, path and protocol."""
    method, _, rest = text.partition(" ")
    path, _, protocol = rest.rpartition(" ")
    return method, path, protocol
