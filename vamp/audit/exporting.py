"""Entries as CSV and as JSON lines. Pure, but for reading rows' fields."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from vamp.models.audit import AuditEntry

COLUMNS: Final = (
    "database", "position", "id", "at", "organisation", "environment", "actor", "token", "verb",
    "kind", "name", "before", "after", "source_address", "request_id", "digest", "link",
)  # fmt: skip

FORMATS: Final[Mapping[str, str]] = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
"""Format → its media type."""

ROWS_AT_ONCE: Final = 200
"""Entries in one piece of an export."""

# The last four are the wide forms, which some spreadsheets take for the same.
_BEGINS_A_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)


def value_of(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as JSON: all that is needed to compute its digest and link again."""
    return {
        "database": entry._state.db,
        "position": entry.position,
        "id": entry.pk,
        "at": entry.at.isoformat(timespec="microseconds"),
        "organisation": entry.organisation,
        "environment": entry.environment,
        "actor": entry.actor,
        "token": entry.token,
        "verb": entry.verb,
        "kind": entry.kind,
        "name": entry.name,
        "before": entry.before,
        "after": entry.after,
        "source_address": entry.source_address,
        "request_id": entry.request_id,
        "digest": entry.digest,
        "link": entry.link,
    }


def pieces(entries: Iterable[AuditEntry], form: str) -> Iterator[bytes]:
    """Yield an export in pieces of `ROWS_AT_ONCE` entries.

    Args:
        entries: read as they are needed, so that memory stays the same however many there are.
        form: one of `FORMATS`.
    """
    written = _csv_lines(entries) if form == "csv" else _json_lines(entries)
    held: list[str] = []
    for line in written:
        held.append(line)
        if len(held) == ROWS_AT_ONCE:
            yield "".join(held).encode()
            held.clear()
    if held:
        yield "".join(held).encode()


def cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula.

    What begins like one gets an apostrophe before it, which spreadsheets take for "this is text".
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_BEGINS_A_FORMULA) else text


def _csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for entry in entries:
        yield _taken(buffer)
        value = value_of(entry)
        for name in ("before", "after"):
            if value[name] is not None:
                value[name] = json.dumps(value[name], ensure_ascii=False, sort_keys=True)
        writer.writerow([cell(value[name]) for name in COLUMNS])
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(value_of(entry), ensure_ascii=False, separators=(",", ":")) + "\n"
