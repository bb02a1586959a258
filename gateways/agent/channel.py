"""One way on which a worker's log lines come: its ring's connection, or its list of events."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

RECEIVE_BYTES = 1 << 18

Split: TypeAlias = Callable[[bytes], tuple[list[bytes], bytes]]


@dataclass(slots=True, eq=False)
class Channel:
    """A connection and what has been read of it.

    Attributes:
        connection: open, non-blocking.
        split: takes whole messages off the beginning of what was received.
        is_ring: the ring's connection; otherwise events that the agent asked for.
        worker: process id of the sender, 0 until it is known.
        last_received: when bytes last came, milliseconds since 1970; at first when it was opened.
        last_line_ended: when the last counted line had ended, likewise; 0 at first.
        has_more: more bytes wait to be received.
        recorded: of a ring whose worker is being followed: what came since, to compare with; of
            events: what the ring brought and the events have not yet.
        held: of events: messages put aside until the ring has ended; None once they are counted.
        is_ending: of events: the worker has no request left, so silence means the end.
    """

    connection: socket.socket
    split: Split
    is_ring: bool
    worker: int = 0
    last_received: int = 0
    last_line_ended: int = 0
    has_more: bool = False
    recorded: Counter[bytes] | None = None
    held: list[bytes] | None = None
    is_ending: bool = False
    _rest: bytes = field(default=b"", repr=False)

    def receive(self) -> list[bytes] | None:
        """Return the whole messages that one read brings; None at the connection's end.

        Raises:
            FramingLost: what comes cannot be taken apart.
        """
        try:
            received = self.connection.recv(RECEIVE_BYTES)
        except BlockingIOError:
            self.has_more = False
            return []
        except OSError:  # a worker that stops resets its connection
            return None
        if not received:
            return None
        self.has_more = len(received) == RECEIVE_BYTES
        messages, self._rest = self.split(self._rest + received if self._rest else received)
        return messages

    def prefill(self, received: bytes) -> None:
        """Put bytes that somebody else has read before what comes."""
        self._rest = received


def unseen(held: list[bytes], recorded: Counter[bytes]) -> list[bytes]:
    """Return those of `held` that `recorded` does not have, and take the others out of it.

    The ring's connection and the events bring the same bytes for a line, so equal ones are the
    same line, or equal in everything that is counted.
    """
    missing = []
    for message in held:
        left = recorded.get(message, 0)
        if left > 1:
            recorded[message] = left - 1
        elif left:
            del recorded[message]
        else:
            missing.append(message)
    return missing
