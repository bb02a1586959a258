"""What a family of processes holds in memory, and who belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_SHOWN_AS: Final = ("manage.py up", "vga run", "supervisor", "haproxy")


def family_of(pid: int, folder: Path) -> list[int]:
    """Return `pid`, all that descend from it, and all whose command names `folder`.

    The latter finds a HAProxy whose parent has ended.
    """
    parents = {int(entry.name): _parent(entry) for entry in _PROC.iterdir() if entry.name.isdigit()}
    found = {pid} | {each for each in parents if str(folder) in _command(each)}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def proportional_mb(pids: list[int]) -> Mapping[str, float]:
    """Return MB of proportional set size (each shared page in equal parts) by kind of process.

    Source: ``Pss`` of ``/proc/PID/smaps_rollup``; processes that end meanwhile count nothing.
    """
    totals: dict[str, float] = {}
    for pid in pids:
        command = _command(pid)
        kind = next((each for each in _SHOWN_AS if each in command), command[:40])
        totals[kind] = totals.get(kind, 0.0) + _pss_mb(pid)
    return {kind: round(total, 1) for kind, total in sorted(totals.items())}


def cpu_seconds(pids: list[int], ticks_a_second: int = 100) -> float:
    """Return the processor time that `pids` have used so far, in user and system mode."""
    fields = [(_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / ticks_a_second


def _pss_mb(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
