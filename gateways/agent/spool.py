"""Rollups that are not delivered yet, on disk: they outlive the agent and an outage of the API.

A folder of numbered segments, each with one record a line. Records are appended to the last
segment, read from the first, and a segment goes when all of it was acknowledged. What was read but
not acknowledged is read again after a restart: delivery is at least once.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from vamp.ports.metrics import Rollup

SEGMENT_BYTES = 1 << 20

_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Complete:
    """All rollups of what ended before `until` stand before this record."""

    until: datetime


Record: TypeAlias = Rollup | Complete


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records in their order, and where the spool stands after them."""

    records: tuple[Record, ...]
    segment: int
    offset: int


class Spool:
    """The folder. One thread appends and one reads; a lock keeps them apart.

    Attributes:
        dropped: rollups given up since the start because the folder was full.
    """

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        """Open the spool in `folder`, which must exist, with what an earlier agent left there.

        Args:
            folder: its own.
            limit_bytes: how much it may hold; the oldest segments go first, and are counted.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        numbers = self._numbers()
        self._first = numbers[0] if numbers else 1
        # A new segment, for the last line of the old one may be torn.
        self._last = numbers[-1] + 1 if numbers else 1
        self._sizes = {number: self._path(number).stat().st_size for number in numbers}
        self._offset = 0
        self.dropped = 0

    def append(self, records: Sequence[Record]) -> None:
        """Store `records` durably. Cost: one write and one ``fsync``.

        Raises:
            OSError: the disk is full or gone; nothing counts as stored.
        """
        if not records:
            return
        text = "".join(f"{_encode(record)}\n" for record in records).encode()
        with self._lock:
            if self._sizes.get(self._last, 0) >= SEGMENT_BYTES:
                self._last += 1
            with self._path(self._last).open("ab") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._sizes[self._last] = self._sizes.get(self._last, 0) + len(text)
            self._make_room()

    def read(self, limit: int) -> Batch | None:
        """Return up to `limit` records, oldest first, or None where there is none."""
        with self._lock:
            while self._first <= self._last:
                batch = self._read_segment(limit)
                if batch is not None:
                    return batch
                if self._first == self._last:
                    return None
                self._remove_first()
        return None

    def acknowledge(self, batch: Batch) -> None:
        """Forget what was delivered."""
        with self._lock:
            if batch.segment != self._first:
                return  # given up meanwhile
            self._offset = batch.offset
            if self._offset >= self._sizes.get(self._first, 0):
                if self._first == self._last:
                    self._last += 1
                self._remove_first()

    @property
    def size_bytes(self) -> int:
        """What the folder holds at present."""
        with self._lock:
            return sum(self._sizes.values())

    def _read_segment(self, limit: int) -> Batch | None:
        path = self._path(self._first)
        if not path.exists():
            return None
        records: list[Record] = []
        offset = self._offset
        with path.open("rb") as file:
            file.seek(offset)
            for line in file:
                if not line.endswith(b"\n") or len(records) == limit:
                    break
                offset += len(line)
                records += _decode(line)
        return Batch(tuple(records), self._first, offset) if records else None

    def _make_room(self) -> None:
        while sum(self._sizes.values()) > self._limit_bytes and self._first < self._last:
            batch = self._read_segment(1 << 30)
            if batch is not None:
                self.dropped += sum(isinstance(record, Rollup) for record in batch.records)
            self._remove_first()

    def _remove_first(self) -> None:
        self._path(self._first).unlink(missing_ok=True)
        self._sizes.pop(self._first, None)
        self._first += 1
        self._offset = 0

    def _numbers(self) -> list[int]:
        names = (path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return sorted(int(name) for name in names if name.isdigit())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}{_SUFFIX}"


def rollup_json(rollup: Rollup) -> dict[str, Any]:
    """Return `rollup` as the agent API takes it: its field names, the time as ISO 8601 in UTC."""
    return {
        "id": rollup.id,
        "agent": rollup.agent,
        "gateway": rollup.gateway,
        "route": rollup.route,
        "service": rollup.service,
        "version": rollup.version,
        "start": rollup.start.isoformat(),
        "seconds": rollup.seconds,
        "count": rollup.count,
        "statuses": rollup.statuses,
        "errors": rollup.errors,
        "bytes_out": rollup.bytes_out,
        "latency_sum_ms": rollup.latency_sum_ms,
        "latency_histogram": rollup.latency_histogram,
    }


def _encode(record: Record) -> str:
    if isinstance(record, Complete):
        return json.dumps({"until": record.until.isoformat()})
    return json.dumps(rollup_json(record), separators=(",", ":"))


def _decode(line: bytes) -> Iterator[Record]:
    """Yield the record of a line, or nothing where a crash has torn it."""
    try:
        found = json.loads(line)
        if "until" in found:
            yield Complete(datetime.fromisoformat(found["until"]))
            return
        found["start"] = datetime.fromisoformat(found["start"])
        found["statuses"] = tuple(found["statuses"])
        found["latency_histogram"] = tuple(found["latency_histogram"])
        yield Rollup(**found)
    except (ValueError, TypeError, KeyError):
        return
