"""The store of raw log lines: one document for each request that passed a gateway.

Real: Elasticsearch. Embedded: none; without one, lines are counted and not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol


class RawLine(NamedTuple):
    """One line as the agent ships it. A named tuple, for tens of thousands pass a second.

    Attributes:
        at_ms: when the request ended, milliseconds since 1970.
        identity: ``<agent>/<boot>/<number>``: writing it again changes nothing. Of ``[!-~]``,
            without quotes and backslashes, so that it can stand in JSON as it is.
        document: a JSON object on one line: what `vamp.drivers.lines` maps, and HAProxy's fields.
    """

    at_ms: int
    identity: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request (for tcp: session), as HAProxy told of it.

    Attributes:
        at: when it ended, aware UTC, to the millisecond.
        agent: whose HAProxy.
        gateways: names of the gateways passed, the outermost first.
        routes: the route taken in each.
        service: service behind the last route, empty for a fixed address.
        version: of that service.
        instance: HAProxy's name of the server that answered, empty for none.
        client: address of the caller.
        method: HTTP method; empty for tcp, as all down to `protocol`.
        path: path and query as they were sent.
        protocol: ``HTTP/1.1``.
        status: answer's status; 0 for none and for tcp.
        bytes_out: sent to the caller.
        wait_ms: in a queue; connect_ms: until connected; answer_ms: until the answer's head;
            total_ms: in all, idle time before the request apart. -1 where it did not come to that.
        ending: HAProxy's termination state (manual, section 8.5).
        share: of requests that lines are kept of, 0 to 1.
    """

    at: datetime
    agent: str
    gateways: tuple[str, ...]
    routes: tuple[str, ...]
    service: str
    version: str
    instance: str
    client: str
    method: str
    path: str
    protocol: str
    status: int
    bytes_out: int
    wait_ms: int
    connect_ms: int
    answer_ms: int
    total_ms: int
    ending: str
    share: float


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which requests a question is about.

    Attributes:
        gateway: name of a gateway that was passed.
        start: aware UTC, included.
        end: aware UTC, excluded.
        route: the route taken there, or None for any.
        lowest_status: only answers of at least this, or None for any; 500 finds server errors.
        highest_status: and of at most this, or None.
    """

    gateway: str
    start: datetime
    end: datetime
    route: str | None = None
    lowest_status: int | None = None
    highest_status: int | None = None


class LineStore(Protocol):
    """Raw lines of one environment. Every method may raise `PortUnavailable`."""

    def write(self, lines: Sequence[RawLine]) -> int:
        """Store `lines`, those stored already apart; return how many it will never take."""
        ...

    def latest(self, wanted: LineFilter, *, limit: int) -> Sequence[LoggedRequest]:
        """Return the last requests that ended, the newest first.

        Args:
            wanted: which.
            limit: at most so many, up to 1,000.
        """
        ...

    def places(self) -> Sequence[str]:
        """Return the names of what is the environment's alone and goes with it: its indices."""
        ...

    def days(self) -> Mapping[date, int]:
        """Return each day (UTC) of which there are lines → how many; for copying them elsewhere."""
        ...

    def of_day(self, day: date) -> Iterator[RawLine]:
        """Yield every line of `day`, in no order, fit for another store's `write`."""
        ...

    def prune(self, *, before: datetime) -> int:
        """Forget lines of requests that ended before `before`; return how many."""
        ...
