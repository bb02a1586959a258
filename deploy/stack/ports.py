"""Ports of the stack: chosen free once, remembered, the same after every restart.

Above 32767 the kernel hands ports out to outgoing connections, and a server would find its own
taken now and then; so ours lie below.
"""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.stack.errors import StackError
from deploy.stack.state import State, write_private

LOWEST = 21_000
HIGHEST = 32_767
TRIES = 200
LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        # As servers do: connections that are only waiting out their end are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


class Ports:
    """Names → ports, kept in ``ports.json`` of the state folder. Safe to share among threads."""

    def __init__(self, state: State, *, free: Callable[[int], bool] = is_free) -> None:
        self._path = state.folder / "ports.json"
        self._free = free
        self._lock = threading.Lock()

    def of(self, name: str) -> int:
        """Return the port of `name`; the first time, choose a free one and remember it.

        Raises:
            StackError: no free port was found.
        """
        with self._lock:
            known = _read(self._path)
            if name not in known:
                known[name] = self._choose(set(known.values()))
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_private(self._path, json.dumps(known, indent=1, sort_keys=True))
            return known[name]

    def known(self) -> Mapping[str, int]:
        """Return all that were chosen, by name."""
        with self._lock:
            return _read(self._path)

    def _choose(self, taken: set[int]) -> int:
        for _ in range(TRIES):
            port = random.randint(LOWEST, HIGHEST)  # noqa: S311 any free one will do
            if port not in taken and self._free(port):
                return port
        raise StackError(f"no free port from {LOWEST} to {HIGHEST} in {TRIES} tries")


def _read(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    known: dict[str, int] = json.loads(path.read_text())
    return known
