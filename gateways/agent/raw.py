"""Raw log lines on their way to a store: put aside as they came, made into documents when shipped.

The thread that receives lines only keeps what it has read anyway. Which gateway, when, how long:
all that is found out by the thread that ships, and only for lines that are kept.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from gateways.agent.lines import BETWEEN_NAMES, Line, parse_lines
from gateways.agent.rollup import Labels, ended_and_took_ms
from gateways.haproxy.part import RouteLabel
from vamp.ports.lines import RawLine

Numbered: TypeAlias = tuple[int, bytes]
"""A line's number since the agent's start, and the line."""

_SPREAD = 2_654_435_761
_RANGE = 1 << 32
"""``number * _SPREAD mod _RANGE`` spreads consecutive numbers evenly (Knuth, 6.4): the share below a
limit is the sample's, and no rhythm of the traffic meets one of the sampling."""

_BETWEEN = BETWEEN_NAMES.decode()


class LineBuffer:
    """Lines that wait, in memory. Bounded: the oldest are given up, and counted.

    Attributes:
        dropped: lines given up since the start.
    """

    def __init__(self, *, share: float, limit_bytes: int) -> None:
        """Begin empty.

        Args:
            share: of the lines to keep, 0 to 1.
            limit_bytes: what may wait, counted in bytes of lines.
        """
        self._below = round(share * _RANGE)
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Sequence[Numbered], int]] = deque()
        self._bytes = 0
        self._number = 0
        self._arrived = threading.Event()
        self.dropped = 0

    def add(self, messages: Sequence[bytes]) -> None:
        """Keep the sampled ones of `messages`. Cost: 0.1 µs each."""
        first = self._number
        self._number += len(messages)
        numbered: list[Numbered] = list(enumerate(messages, first))
        if self._below < _RANGE:
            below = self._below
            numbered = [one for one in numbered if one[0] * _SPREAD % _RANGE < below]
        if not numbered:
            return
        size = sum(map(len, messages)) * len(numbered) // len(messages)
        with self._lock:
            self._waiting.append((numbered, size))
            self._bytes += size
            while self._bytes > self._limit_bytes and len(self._waiting) > 1:
                gone, size = self._waiting.popleft()
                self._bytes -= size
                self.dropped += len(gone)
        self._arrived.set()

    def take(self, most: int) -> list[Numbered]:
        """Return about `most` lines, oldest first, and keep them no longer."""
        found: list[Numbered] = []
        with self._lock:
            while self._waiting and len(found) < most:
                numbered, size = self._waiting.popleft()
                self._bytes -= size
                found += numbered
            if not self._waiting:
                self._arrived.clear()
        return found

    def give_up(self, count: int) -> None:
        """Count lines that were taken and are not to be delivered."""
        with self._lock:
            self.dropped += count

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is something, for at most `timeout_s`; tell whether there is."""
        return self._arrived.wait(timeout_s)

    def has(self, count: int) -> bool:
        """Tell whether at least `count` lines wait."""
        with self._lock:
            return sum(len(numbered) for numbered, _ in self._waiting) >= count

    @property
    def size_bytes(self) -> int:
        """What waits at present."""
        return self._bytes


class Documents:
    """Makes lines into documents. Used by one thread."""

    def __init__(self, agent: str, boot: str, share: float, labels: Callable[[], Labels]) -> None:
        """Prepare what is the same in all documents; `labels` is asked with each batch."""
        self._identity = f"{agent}/{boot}/".encode()
        self._common = b'"agent":%b,"share":%b' % (
            json.dumps(agent).encode(),
            json.dumps(share).encode(),
        )
        self._labels = labels

    def of(self, numbered: Sequence[Numbered]) -> list[RawLine]:
        """Return the documents of lines; what cannot be read is left out. Cost: 4 µs each."""
        places: dict[tuple[bytes, bytes], bytes] = {}
        labels = self._labels()
        found = []
        lines, unreadable = parse_lines([message for _, message in numbered])
        if unreadable or len(lines) < len(numbered):
            numbered, lines = _readable(numbered)
        for (number, message), line in zip(numbered, lines, strict=True):
            if b"\n" in message:
                continue  # it would begin another line of the request that carries it
            try:
                ended_ms, took_ms = ended_and_took_ms(line)
            except ValueError:
                continue
            place = places.get(line[:2])
            if place is None:
                place = places[line[:2]] = _place(line[0], line[1], labels)
            found.append(
                RawLine(
                    ended_ms,
                    b"%b%d" % (self._identity, number),
                    b'{"at":%d,"took":%d,%b,%b,%b'
                    % (ended_ms, took_ms, self._common, place, message[1:]),
                )
            )
        return found


def _readable(numbered: Sequence[Numbered]) -> tuple[list[Numbered], list[Line]]:
    """Leave out HAProxy's own notices, which travel between the lines, and what is cut off."""
    kept, lines = [], []
    for one in numbered:
        found, _ = parse_lines([one[1]])
        if found:
            kept.append(one)
            lines += found
    return kept, lines


def _place(gateways: bytes, routes: bytes, labels: Labels) -> bytes:
    """Return the fields that say where requests went; the same for many of them."""
    names = [name for name in gateways.decode(errors="replace").split(_BETWEEN) if name]
    taken = routes.decode(errors="replace").split(_BETWEEN)[: len(names)]
    passed = [f"{gateway}:{route}" for gateway, route in zip(names, taken, strict=False)]
    label = labels.get(passed[-1], RouteLabel("")) if passed else RouteLabel("")
    fields = {
        "gateways": names,
        "routes": taken,
        "passed": passed,
        "service": label.service,
        "version": label.version,
    }
    return json.dumps(fields, separators=(",", ":")).encode()[1:-1]
