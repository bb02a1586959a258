"""The audit archive in a folder: entries as lines of JSON, a file for each thousand positions.

For installations without Elasticsearch. It proves something where the folder lies elsewhere than
the database: on a volume that others look after, or that can be written once.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from vamp.drivers.audit.elasticsearch_mapping import document_of, entry_of
from vamp.ports.audit import ArchivedEntry
from vamp.ports.errors import PortRefused, PortUnavailable

IN_FILE = 1_000
"""Positions in one file."""

OWN = "_"
"""Stands for the environment of what is an organisation's own."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class FileAudit:
    """Implements `vamp.ports.audit.AuditArchive`. Safe between processes: lines are only added.

    Args:
        folder: of all archives; made where it is not there.
        organisation: name.
        environment: name; empty for what is the organisation's own.
    """

    def __init__(self, folder: Path, organisation: str, environment: str) -> None:
        self._folder = folder / _fit(organisation) / (_fit(environment) if environment else OWN)

    def write(self, entries: Sequence[ArchivedEntry]) -> Mapping[str, str]:
        """See the port. Cost: for each thousand positions one file read, and one written through."""
        with _port_errors():
            for file, mine in self._by_file(entries).items():
                held = {entry.position for entry in _read(file)}
                _append(file, [entry for entry in mine if entry.position not in held])
        return {}

    def links(
        self, identities: Sequence[str], *, days: tuple[datetime, datetime]
    ) -> Mapping[str, str]:
        """See the port. Cost: one file read for each thousand positions."""
        wanted: dict[Path, set[str]] = {}
        for identity in identities:
            database, _, position = identity.rpartition(":")
            wanted.setdefault(self._file(database, int(position)), set()).add(identity)
        with _port_errors():
            found = [entry for file in wanted for entry in _read(file)]
        asked = set(identities)
        return {entry.identity: entry.link for entry in found if entry.identity in asked}

    def entries(self, database: str, *, after: int, most: int) -> Sequence[ArchivedEntry]:
        """See the port. Cost: as many files as it takes, mostly two."""
        found: list[ArchivedEntry] = []
        with _port_errors():
            for file in self._files(self._folder / _fit(database)):
                if _last_in(file) <= after:
                    continue
                found += [entry for entry in _read(file) if entry.position > after]
                if len(found) >= most:
                    break
        return found[:most]

    def prune(self, *, before: datetime) -> int:
        """See the port. Cost: every file is read; what keeps an entry is written anew."""
        count = 0
        with _port_errors():
            for folder in sorted(self._folder.glob("*")):
                for file in self._files(folder):
                    count += _prune_file(file, before)
        return count

    def _by_file(self, entries: Sequence[ArchivedEntry]) -> Mapping[Path, list[ArchivedEntry]]:
        found: dict[Path, list[ArchivedEntry]] = {}
        for entry in entries:
            found.setdefault(self._file(entry.database, entry.position), []).append(entry)
        return found

    def _file(self, database: str, position: int) -> Path:
        return self._folder / _fit(database) / f"{(position - 1) // IN_FILE:012d}.jsonl"

    def _files(self, folder: Path) -> Sequence[Path]:
        return sorted(folder.glob("*.jsonl"))


def _fit(name: str) -> str:
    """Return a name as that of a folder; none of ours leads anywhere else."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not fit for the name of a folder: {name!r}")
    return name


def _last_in(file: Path) -> int:
    return (int(file.stem) + 1) * IN_FILE


def _read(file: Path) -> list[ArchivedEntry]:
    """Return what a file holds, in order of position, each once. A line cut off is none."""
    if not file.exists():
        return []
    found: dict[int, ArchivedEntry] = {}
    for line in file.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            entry = _entry(file, line)
            found.setdefault(entry.position, entry)
    return [found[position] for position in sorted(found)]


def _entry(file: Path, line: bytes) -> ArchivedEntry:
    try:
        document = json.loads(line)
    except ValueError as error:
        raise PortRefused(f"{file} holds a line that is no entry") from error
    if not isinstance(document, dict):
        raise PortRefused(f"{file} holds a line that is no entry")
    return entry_of(document)


def _append(file: Path, entries: Sequence[ArchivedEntry]) -> None:
    if not entries:
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as opened:
        _cut_torn_line(opened.fileno())
        opened.write(b"".join(document_of(entry) + b"\n" for entry in entries))
        opened.flush()
        os.fsync(opened.fileno())


def _cut_torn_line(descriptor: int) -> None:
    """Take away what a write left that was cut off by a crash: its entries are written again."""
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, size, 0)
    whole = text.rfind(b"\n") + 1
    if whole != size:
        os.ftruncate(descriptor, whole)


def _prune_file(file: Path, before: datetime) -> int:
    held = _read(file)
    left = [entry for entry in held if entry.at >= before]
    if len(left) == len(held):
        return 0
    if not left:
        file.unlink()
        return len(held)
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    _append(draft, left)
    draft.replace(file)
    return len(held) - len(left)


@contextmanager
def _port_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PortUnavailable(f"the folder of the audit archive cannot be used: {error}") from error
