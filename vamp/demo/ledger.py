"""What became of every request, kept for the summary and added up as it comes for the view."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Caller(StrEnum):
    """Who sends a request.

    ANONYMOUS keeps no cookie, so each of its requests is a new visitor's; USER keeps its cookies
    for the whole run; TESTER says so in its user agent, for policies that let testers in first.
    """

    ANONYMOUS = "anonymous"
    USER = "user"
    TESTER = "tester"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """What became of one request.

    Attributes:
        sent_at: when it was handed over, seconds since the epoch.
        ended_at: when its answer was complete, or it failed.
        agent: ``address:port`` that it was sent to.
        caller: who sent it.
        user: name of the user; empty for others.
        status: of the answer; 0 without one.
        version: that the answer names; empty where nothing of the service answered.
        failure: why there was no whole answer; empty where there was.
    """

    sent_at: float
    ended_at: float
    agent: str
    caller: Caller
    user: str
    status: int
    version: str
    failure: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether a person would have seen an error: no whole answer, or a status from 400."""
        return bool(self.failure) or self.status >= 400

    @property
    def latency_ms(self) -> float:
        """From handing it over to its end."""
        return (self.ended_at - self.sent_at) * 1000


@dataclass(frozen=True, slots=True)
class Recent:
    """The last few seconds, for looking at.

    Attributes:
        sent: requests since the start.
        failed: how many of them failed, by the version that answered ("" for none).
        rate: requests a second, lately.
        split: version → share of the requests of ordinary callers, lately, from 0 to 1.
    """

    sent: int
    failed: Mapping[str, int]
    rate: float
    split: Mapping[str, float]


class Ledger:
    """Collects records from the thread that makes traffic; may be read from any other.

    Args:
        recent_s: what `recent` calls lately.
        kept: how many records to remember, the last ones; None for all.
    """

    def __init__(self, recent_s: float = 3.0, kept: int | None = None) -> None:
        self._recent_s = recent_s
        self._lock = threading.Lock()
        self._sent = 0
        self._records: deque[RequestRecord] = deque(maxlen=kept)
        self._failed: Counter[str] = Counter()
        self._lately: deque[RequestRecord] = deque()

    def add(self, record: RequestRecord) -> None:
        """Keep one more record; they come in the order of their ends."""
        with self._lock:
            self._sent += 1
            self._records.append(record)
            self._lately.append(record)
            if record.has_failed:
                self._failed[record.version] += 1
            while self._lately[0].ended_at < record.ended_at - self._recent_s:
                self._lately.popleft()

    def records(self) -> Sequence[RequestRecord]:
        """Return those that are kept, in the order of their ends."""
        with self._lock:
            return tuple(self._records)

    def recent(self) -> Recent:
        """Return the present totals. Cost: one pass over the last seconds."""
        with self._lock:
            sent, failed, lately = self._sent, dict(self._failed), tuple(self._lately)
        span = lately[-1].ended_at - lately[0].ended_at if len(lately) > 1 else 0.0
        ordinary = [each for each in lately if each.caller is not Caller.TESTER and each.version]
        versions = Counter(each.version for each in ordinary)
        return Recent(
            sent=sent,
            failed=failed,
            rate=(len(lately) - 1) / span if span > 0 else 0.0,
            split={version: count / len(ordinary) for version, count in sorted(versions.items())},
        )
