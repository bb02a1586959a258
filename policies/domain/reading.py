"""Questions to the metrics store and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.domain.metric import measure
from policies.domain.policy import Condition
from vamp.ports.metrics import Traffic


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """The traffic that one verdict is to be about: ``start <= t < end``.

    Attributes:
        step: index of the step, from 0.
        condition: name of the condition in it.
        start: aware UTC, never before the step's split was live on every agent.
        end: aware UTC.
        needs_source: ask for the source's traffic of this window as well as the target's.
    """

    step: int
    condition: str
    start: datetime
    end: datetime
    needs_source: bool = False

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer to one `WindowRequest`.

    Attributes:
        request: what was asked; a reading that the state no longer asks for is ignored.
        value: the metric of the target; None where its traffic has no such value.
        samples: requests of the target in the window.
        source_value: the metric of the source; None where it was not asked for or has none.
        source_samples: requests of the source in the window.
        is_complete: every live agent has told all that it saw of the window.
        behind: names of the agents that have not.
        has_dropped: log lines of the window are known to be lost.
        error: why nothing could be asked; empty where it could.
    """

    request: WindowRequest
    value: float | None = None
    samples: int = 0
    source_value: float | None = None
    source_samples: int = 0
    is_complete: bool = False
    behind: tuple[str, ...] = ()
    has_dropped: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the agents' watermarks say about a window.

    Attributes:
        is_complete: every live agent is past its end, and there is at least one.
        behind: names of those that are not.
        has_dropped: some agent lost lines in it.
    """

    is_complete: bool
    behind: tuple[str, ...] = ()
    has_dropped: bool = False


def reading_of(
    request: WindowRequest,
    condition: Condition,
    coverage: Coverage,
    *,
    target: Traffic,
    source: Traffic | None = None,
) -> Reading:
    """Return the reading for `request` from the traffic of its window.

    Args:
        request: what was asked.
        condition: the condition that it was asked for.
        coverage: how much of the window is known.
        target: the target route's traffic.
        source: the source route's, needed where ``request.needs_source``.
    """
    return Reading(
        request=request,
        value=measure(condition.metric, target, request.length),
        samples=target.count,
        source_value=None if source is None else measure(condition.metric, source, request.length),
        source_samples=0 if source is None else source.count,
        is_complete=coverage.is_complete,
        behind=coverage.behind,
        has_dropped=coverage.has_dropped,
    )


def unanswered(request: WindowRequest, error: str) -> Reading:
    """Return the reading for a `request` that the metrics store could not answer."""
    return Reading(request=request, error=error)
