"""A family of processes: started by one parent, kept running, ended together.

Parts written in Python are forked from the parent, which has loaded what they need already: they
start in milliseconds and share its memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from vamp import leases

log = logging.getLogger("vamp.up")

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STEADY_S = 30.0
"""A part that ran so long before it ended is started again after the shortest pause."""

STARTS_IN_VAIN = 7
"""Starts, over some 12 seconds, after which a part that has ended each time counts as failing."""

END_WAIT_S = 8.0
_LAST_WORDS = 2_000
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the family.

    Attributes:
        name: shown to people and used for its log file.
        run: what a forked child does; None for a program of its own.
        command: the program and its arguments, where `run` is None.
        environment: variables that the program gets on top of the parent's.
        is_ready: tells by process id whether the part does its work.
        hand_over: signal that asks it to end where another of its name takes its place.
    """

    name: str
    run: Callable[[], None] | None = None
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[int], bool] = field(default=lambda pid: True)
    hand_over: signal.Signals = signal.SIGTERM


@dataclass(slots=True)
class _Child:
    part: Part
    pid: int = 0
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    due_at: float = 0.0
    starts: int = 0


class Family:
    """Starts parts, starts them again when they end, and ends them all.

    Args:
        logs: folder for one log file a part.
        pids: folder for one file a part with its process id, for people and scripts; None for none.
    """

    def __init__(self, logs: Path, pids: Path | None = None) -> None:
        self._logs = logs
        self._pids = pids
        self._children: dict[str, _Child] = {}
        self._leaving: list[_Child] = []

    def add(self, part: Part) -> None:
        """Start `part` unless one of its name runs; one that is ending is waited for."""
        if part.name not in self._children:
            child = self._children[part.name] = _Child(part)
            if not self._is_leaving(part.name):
                self._start(child)

    def replace(self, part: Part) -> None:
        """Let `part` take the place of the one of its name, which ends first. Does not wait."""
        if (child := self._children.get(part.name)) is not None:
            self._leave(part.name, child.part.hand_over)
        self.add(part)

    def remove(self, name: str) -> None:
        """Ask the part called `name` to end, and keep it running no more. Does not wait for it."""
        self._leave(name, signal.SIGTERM)

    def _leave(self, name: str, how: signal.Signals) -> None:
        child = self._children.pop(name, None)
        if child is None or not child.pid:
            return
        _signal(child.pid, how)
        child.due_at = time.monotonic() + END_WAIT_S
        self._leaving.append(child)
        if self._pids is not None:
            _pid_file(self._pids, name).unlink(missing_ok=True)

    @property
    def pids(self) -> Mapping[str, int]:
        """Process id of every part that runs."""
        return {name: child.pid for name, child in self._children.items() if child.pid}

    def waiting(self) -> Sequence[str]:
        """Return the parts that are not ready yet."""
        return [
            name
            for name, child in self._children.items()
            if not child.pid or not child.part.is_ready(child.pid)
        ]

    def failing(self) -> Mapping[str, str]:
        """Return the last line of each part that does not run after `STARTS_IN_VAIN` starts.

        For whoever waits until all are ready: starts are counted since a part was added.
        """
        return {
            name: self._last_line_of(name)
            for name, child in self._children.items()
            if not child.pid and child.starts >= STARTS_IN_VAIN
        }

    def look_after(self) -> None:
        """Notice parts that ended and start them again, ever more slowly where they keep ending."""
        self._leaving = [child for child in self._leaving if not self._has_left(child)]
        for child in self._children.values():
            if child.pid and (status := _ended(child.pid)) is not None:
                self._note_end(child, status)
            is_due = not child.pid and time.monotonic() >= child.due_at
            if is_due and not self._is_leaving(child.part.name):
                self._start(child)

    def log_of(self, name: str) -> Path:
        """Return the file that the part's output goes to."""
        return self._logs / f"{name.replace('/', '-')}.log"

    def end(self) -> None:
        """Ask every part to end, the last started first; kill those that do not in time."""
        children = [*self._leaving, *reversed(self._children.values())]
        running = [child for child in children if child.pid]
        for child in running:
            _signal(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + END_WAIT_S
        while running and time.monotonic() < deadline:
            running = [child for child in running if _ended(child.pid) is None]
            time.sleep(0.02)
        for child in running:
            log.warning("part.killed", extra={"part": child.part.name})
            _signal(child.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, 0)
        self._children.clear()
        self._leaving.clear()

    def _is_leaving(self, name: str) -> bool:
        return any(child.part.name == name for child in self._leaving)

    def _has_left(self, child: _Child) -> bool:
        if _ended(child.pid) is not None:
            return True
        if time.monotonic() >= child.due_at:
            log.warning("part.killed", extra={"part": child.part.name})
            _signal(child.pid, signal.SIGKILL)
        return False

    def _note_end(self, child: _Child, status: int) -> None:
        lived_s = time.monotonic() - child.started_at
        child.pid = 0
        child.pause_s = (
            FIRST_PAUSE_S if lived_s >= STEADY_S else min(LONGEST_PAUSE_S, child.pause_s * 2)
        )
        child.due_at = time.monotonic() + child.pause_s
        log.warning(
            "part.ended",
            extra={
                "part": child.part.name,
                "status": status,
                "again_in_s": child.pause_s,
                "said": self._last_line_of(child.part.name),
                "log": str(self.log_of(child.part.name)),
            },
        )

    def _last_line_of(self, name: str) -> str:
        """Return the last line in the part's log: an error ends with what was wrong."""
        try:
            with self.log_of(name).open("rb") as written:
                written.seek(max(0, written.seek(0, os.SEEK_END) - _LAST_WORDS))
                lines = written.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _start(self, child: _Child) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        connections.close_all()  # a connection must not be shared over a fork
        sys.stdout.flush()  # or the child would say again what still waits to be written
        sys.stderr.flush()
        gc.freeze()  # the child leaves the parent's objects alone, so their pages stay shared
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _be_child(child.part, self.log_of(child.part.name), parent)
        child.pid, child.started_at = pid, time.monotonic()
        if self._pids is not None:
            self._pids.mkdir(parents=True, exist_ok=True)
            path = _pid_file(self._pids, child.part.name)
            draft = path.with_suffix(".draft")
            draft.write_text(str(pid))
            draft.replace(path)
        child.starts += 1


def _pid_file(folder: Path, name: str) -> Path:
    return folder / f"{name.replace('/', '-')}.pid"


def _be_child(part: Part, log_file: Path, parent: int) -> None:
    """Never returns."""
    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which ends everything in order
        _end_with_parent(parent)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        if part.run is None:
            os.execvpe(part.command[0], list(part.command), {**os.environ, **part.environment})  # noqa: S606
        leases.renew_identity()
        part.run()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        log.exception("part.failed", extra={"part": part.name})
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _end_with_parent(parent: int) -> None:
    """Get SIGTERM when the parent dies, however it dies (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the line above
        raise SystemExit(1)


def _ended(pid: int) -> int | None:
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if done else None


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
