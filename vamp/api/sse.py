"""Server-sent events: many open streams on one doorbell, none of which asks while nothing rings."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from vamp.doorbell import Doorbell

HEARTBEAT_S = 15.0
"""A comment goes out this often, so that proxies keep the connection and dead ones are noticed."""

LOOK_AGAIN_S = 60.0
"""The net under the doorbell, which does not ring across machines."""


RETRY_MS = (500, 3_000)
"""A client whose stream ends with its process comes back after so long, at random: not all at once."""

LONGEST_S = 900.0
"""A stream ends after this; its client comes back by itself and is asked again who it is."""


ASK_AGAIN_S = 1.0
"""So often a stream asks whether its client may still have it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream.

    Attributes:
        id: what the client sends back as ``Last-Event-ID``.
        event: its type.
        payload: JSON.
    """

    id: str
    event: str
    payload: Any

    def text(self) -> bytes:
        """Return the event as it goes over the wire."""
        body = json.dumps(self.payload, separators=(",", ":"), default=str)
        return f"id: {self.id}\nevent: {self.event}\ndata: {body}\n\n".encode()


class Ears:
    """Everything in one event loop that waits for one doorbell, over a single listener."""

    def __init__(self, bell: Doorbell) -> None:
        self._bell = bell
        self._waiting: set[asyncio.Event] = set()
        self.is_ending = False
        self._open = ExitStack()
        _EARS.add(self)

    def end(self) -> None:
        """Let every stream end. To be called in their event loop."""
        self.is_ending = True
        for ear in self._waiting:
            ear.set()

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """Give an event that is set by every ring from now on. To be used in an event loop."""
        ear = asyncio.Event()
        if not self._waiting:
            self._start()
        self._waiting.add(ear)
        try:
            yield ear
        finally:
            self._waiting.discard(ear)
            if not self._waiting:
                self._open.close()

    def _start(self) -> None:
        listener = self._open.enter_context(self._bell.listen())
        loop = asyncio.get_running_loop()
        loop.add_reader(listener.fileno(), self._rung, listener)
        self._open.callback(loop.remove_reader, listener.fileno())

    def _rung(self, listener: Any) -> None:
        listener.wait(0)
        for ear in self._waiting:
            ear.set()


_EARS: WeakSet[Ears] = WeakSet()


def end_streams() -> None:
    """End every open stream of this process. To be called in their event loop."""
    for ears in _EARS:
        ears.end()


Read = Callable[[int], Awaitable[Sequence[tuple[int, Frame | None]]]]
"""From a position to what comes after it, in order; empty where there is nothing.

A position without a frame says how far was looked: what lies before it is not looked at again.
"""


async def _always() -> bool:
    return True


async def stream(
    ears: Ears,
    read: Read,
    *,
    after: int,
    heartbeat_s: float = HEARTBEAT_S,
    look_again_s: float = LOOK_AGAIN_S,
    longest_s: float = LONGEST_S,
    goes_on: Callable[[], Awaitable[bool]] = _always,
    ask_again_s: float = ASK_AGAIN_S,
) -> AsyncIterator[bytes]:
    """Yield what `read` finds, at once and then whenever the bell rings, with heartbeats between.

    Args:
        ears: what to wait for.
        read: asked once at the start, after each ring, and once in `look_again_s`.
        after: position to begin behind.
        heartbeat_s: seconds between comments while nothing happens.
        look_again_s: seconds after which to read although nothing rang.
        longest_s: seconds after which the stream ends.
        goes_on: whether its client may still have it; where not, the stream ends without a word.
        ask_again_s: `goes_on` is asked once in so many seconds, whatever rings.
    """
    with ears.listen() as ear:
        yield b": connected\n\n"
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + longest_s
        leave = _Leave(goes_on, ask_again_s)
        while loop.time() < ends_at and not ears.is_ending and await leave.holds():
            ear.clear()
            while leave.is_given and (found := await read(after)):
                after = found[-1][0]
                if text := b"".join(frame.text() for _, frame in found if frame is not None):
                    yield text
                await leave.holds()
            look_again_at = min(loop.time() + look_again_s, ends_at)
            async for beat in _heartbeats(ear, leave, heartbeat_s, look_again_at):
                yield beat
    if ears.is_ending:
        yield f"retry: {random.randint(*RETRY_MS)}\n\n".encode()  # noqa: S311 spreads, hides nothing


class _Leave:
    """Asks at most once in `every_s` whether a stream may go on."""

    def __init__(self, goes_on: Callable[[], Awaitable[bool]], every_s: float) -> None:
        self._goes_on, self._every_s = goes_on, every_s
        self._loop = asyncio.get_running_loop()
        self.ask_at = self._loop.time() + every_s
        self.is_given = True

    async def holds(self) -> bool:
        if self.is_given and self._loop.time() >= self.ask_at:
            # Counted from the question, so that a slow answer does not delay the next one.
            self.ask_at = self._loop.time() + self._every_s
            self.is_given = await self._goes_on()
        return self.is_given


async def _heartbeats(
    ear: asyncio.Event, leave: _Leave, heartbeat_s: float, until: float
) -> AsyncIterator[bytes]:
    """Wait for a ring, the leave's end or `until`; yield a comment now and then meanwhile."""
    loop = asyncio.get_running_loop()
    beat_at = loop.time() + heartbeat_s
    while not await _rings(ear, min(beat_at, leave.ask_at) - loop.time()):
        if loop.time() >= beat_at:
            yield b": heartbeat\n\n"
            beat_at = loop.time() + heartbeat_s
        if not await leave.holds() or loop.time() >= until:
            return


async def _rings(ear: asyncio.Event, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await ear.wait()
    except TimeoutError:
        return False
    return True
