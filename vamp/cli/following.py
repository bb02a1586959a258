"""The stream of events: followed, and taken up again where it broke off."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from vamp.cli.client import FIRST_PAUSE_S, LONGEST_PAUSE_S
from vamp.cli.failure import Exit, Failure
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session

SILENCE_S: Final = 45.0
"""The server speaks every 15 seconds; a connection that is silent for so long is dead."""


@dataclass(slots=True)
class Frame:
    """One event of a stream (server-sent events).

    Attributes:
        id: to go on from; empty where the event has none.
        data: JSON text; empty for what is only about the stream.
        retry_ms: when to come back; None where the server did not say.
    """

    id: str = ""
    data: str = ""
    retry_ms: int | None = None


def frames(lines: Iterable[str]) -> Iterator[Frame]:
    """Yield the events of the lines of a stream; comments are left out."""
    frame, held = Frame(), False
    for line in lines:
        if not line:
            if held:
                yield frame
            frame, held = Frame(), False
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            frame.id, held = value, True
        elif name == "data":
            frame.data, held = (f"{frame.data}\n{value}" if frame.data else value), True
        elif name == "retry" and value.isdecimal():
            frame.retry_ms, held = int(value), True


def follow(
    session: Session, *, subject: str = "", after: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the events of the session's environment as they happen, until nobody wants more.

    A connection that breaks is made again behind the last event, so that none is missed or told
    twice.

    Raises:
        Failure: the server refuses, or cannot be reached at the first try.
    """
    import requests

    stream = _Stream(session, {"subject": subject or None, "after": after})
    while True:
        try:
            yield from stream.events()
        except Failure as failure:
            if not stream.was_open or failure.exit is not Exit.UNREACHABLE:
                raise
        except requests.RequestException:
            pass  # broke off; the next connection goes on behind the last event
        session.around.sleep(stream.pause_s)
        stream.pause_s = min(stream.pause_s * 2, LONGEST_PAUSE_S)


class _Stream:
    """One stream over as many connections as it takes."""

    def __init__(self, session: Session, query: dict[str, Any]) -> None:
        self._session = session
        self._path = f"{kind_named('event').list_path(session)}/stream"
        self._query = query
        self._last = ""
        self.pause_s = FIRST_PAUSE_S
        self.was_open = False

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events of one connection."""
        answer = self._session.api.send(
            "GET",
            self._path,
            query=self._query,
            headers={"Last-Event-ID": self._last} if self._last else {},
            accept="text/event-stream",
            read_s=SILENCE_S,
            is_streamed=True,
        )
        self.was_open, self.pause_s = True, FIRST_PAUSE_S
        with answer:
            for frame in frames(_lines(answer)):
                if frame.retry_ms is not None:
                    self.pause_s = frame.retry_ms / 1000
                self._last = frame.id or self._last
                if frame.data:
                    yield json.loads(frame.data)


def _lines(answer: Any) -> Iterator[str]:
    """Yield lines as soon as they are there; `iter_lines` of requests waits for a full chunk."""
    held = b""
    for chunk in answer.iter_content(chunk_size=None):
        held += chunk
        *whole, held = held.split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r").decode()
