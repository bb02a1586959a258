"""The shape of a list of readings: one entry for each moment at which something was known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from policies.documents.model import Count, Number
from policies.domain.intervention import Action
from policies.domain.metric import METRICS
from vamp.documents.errors import refusal
from vamp.documents.units import parse_duration
from vamp.documents.validation import Strict
from vamp.ports.metrics import HISTOGRAM_SIZE

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = 253_402_300_799
_TIME_HINT: Final = "write 2026-01-31T12:00:00Z, or a duration or seconds from the beginning"
_COUNTS: Final = ("count", "errors", "latency_sum_ms", "latency_histogram")


def _moment(value: Any) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value <= _LAST_SECOND:
            return _BEGINNING + timedelta(seconds=value)
        raise refusal("time", "a number of seconds from 0 to the year 9999")
    if isinstance(value, str):
        try:
            return _BEGINNING + parse_duration(value)
        except ValueError:
            return _timestamp(value)
    raise refusal("time", "must be a time", hint=_TIME_HINT)


def _timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refusal("time", f"{text!r} is not a time", hint=_TIME_HINT) from None
    if moment.tzinfo is None:
        raise refusal("time", f"{text!r} names no time zone", hint="end it with Z for UTC")
    return moment.astimezone(UTC)


def _event(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


class _Camel(Strict):
    model_config = ConfigDict(alias_generator=to_camel)


class EventDocument(_Camel):
    """What a person asked for."""

    action: Action
    actor: str = "somebody"
    reason: str = ""


def _side_key(name: str) -> str:
    # Metrics keep the names that policies call them by.
    return name if name in METRICS else to_camel(name)


class SideDocument(Strict):
    """Counts (``count`` and its kin) or values of metrics with their ``samples``."""

    model_config = ConfigDict(alias_generator=_side_key)

    count: Count | None = None
    errors: Count = 0
    latency_sum_ms: Annotated[Number, Field(ge=0)] = 0.0
    latency_histogram: Annotated[
        tuple[Count, ...], Field(min_length=HISTOGRAM_SIZE, max_length=HISTOGRAM_SIZE)
    ] = (0,) * HISTOGRAM_SIZE
    samples: Count = 0
    request_rate: Number | None = None
    success_ratio: Number | None = None
    error_ratio: Number | None = None
    latency_p50: Number | None = None
    latency_p90: Number | None = None
    latency_p95: Number | None = None
    latency_p99: Number | None = None
    latency_mean: Number | None = None

    @model_validator(mode="after")
    def _counts_or_values(self) -> SideDocument:
        has_values = "samples" in self.model_fields_set or bool(self.values)
        has_counts = any(key in self.model_fields_set for key in _COUNTS)
        if has_counts and has_values:
            raise refusal("readings", "write either counts or values of metrics, not both")
        if has_counts and self.count is None:
            raise refusal("readings", "`count` is missing", hint="it counts all requests")
        if self.count is not None and self.errors > self.count:
            raise refusal("readings", "there are more errors than requests")
        histogram = sum(self.latency_histogram)
        if histogram not in (0, self.count):
            message = f"the histogram counts {histogram} requests and `count` is {self.count}"
            raise refusal("readings", message)
        return self

    @property
    def values(self) -> dict[str, float]:
        """The metrics that have a value."""
        found = {name: getattr(self, name) for name in METRICS}
        return {name: value for name, value in found.items() if value is not None}


class EntryDocument(_Camel):
    """What was known at one moment, and seen since the one before."""

    at: Annotated[datetime, BeforeValidator(_moment)]
    applied: bool = True
    complete: bool = True
    behind: tuple[str, ...] = ()
    dropped: bool = False
    error: str = ""
    target: SideDocument | None = None
    source: SideDocument | None = None
    events: tuple[Annotated[EventDocument, BeforeValidator(_event)], ...] = ()


class ReadingsDocument(_Camel):
    """All entries, in order of time."""

    readings: tuple[EntryDocument, ...]
