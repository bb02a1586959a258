"""What agents send: the report on themselves, and the traffic that they rolled up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from vamp.documents.errors import refusal
from vamp.ports.metrics import HISTOGRAM_SIZE, STATUS_CLASSES, Rollup

MOST_ROLLUPS: Final = 10_000
"""Rollups in one body; an agent with more sends several."""

MOST_GATEWAYS: Final = 50_000
LONGEST_SPAN_S: Final = 3600.0
LARGEST_COUNT: Final = 2**62
"""What a signed 64-bit column still holds when many are added up."""

Name = Annotated[str, Field(min_length=1, max_length=63)]
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]

Items = TypeVar("Items", bound=tuple[int, ...])


def _utc(moment: AwareDatetime) -> AwareDatetime:
    if moment.utcoffset() != timedelta():
        raise refusal("timezone", "must be in UTC", hint="write it with a Z at the end")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class Sent(BaseModel):
    """Base of what programs of ours send. Frozen; no value is converted.

    Unknown keys are left out, unlike in documents that people write: an agent may be newer than
    the server that it reports to while both are being upgraded.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class AgentFault(Sent):
    """Something that an agent could not do.

    Attributes:
        gateway: the gateway concerned; empty where it is the agent as a whole.
        message: a sentence fit to show.
        since: when it was first so.
    """

    gateway: Annotated[str, Field(max_length=63)] = ""
    message: Annotated[str, Field(max_length=2000)]
    since: Moment


class AgentReport(Sent):
    """One report: the agent lives, serves these generations, and has counted up to here.

    Attributes:
        boot: changes with every start of the agent.
        address: where its gateways listen.
        told: gateway → generation that HAProxy serves now, None where it serves it no longer;
            ``applied`` in the report. See `applied` and `withdrawn`.
        is_full: `applied` names every gateway served; what it leaves out is no longer served.
            False where it holds only what changed since the last report. ``full`` in the report.
        complete_until: every request that ended before this is in a rollup that was accepted.
        dropped: log lines known to be lost since the boot; dropped_at: when it last rose.
        reloads: of HAProxy since the boot.
    """

    boot: Name
    started_at: Moment
    version: Annotated[str, Field(max_length=31)] = ""
    haproxy_version: Annotated[str, Field(max_length=63)] = ""
    address: Annotated[str, Field(max_length=255)] = ""
    told: Annotated[dict[Name, Count | None], Field(alias="applied", max_length=MOST_GATEWAYS)] = (
        Field(default_factory=dict)
    )
    is_full: Annotated[bool, Field(alias="full")] = False
    complete_until: Moment | None = None
    dropped: Count = 0
    dropped_at: Moment | None = None
    reloads: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    faults: Annotated[tuple[AgentFault, ...], Field(max_length=1000)] = ()

    @property
    def applied(self) -> Mapping[str, int]:
        """Gateway → generation, of those that the report says are served."""
        return {name: number for name, number in self.told.items() if number is not None}

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """Gateways that the report says are no longer served."""
        return tuple(name for name, number in self.told.items() if number is None)


def _counters(size: int, what: str) -> AfterValidator:
    def check(counters: Items) -> Items:
        if len(counters) != size:
            raise refusal("length", f"{len(counters)} counters for {size} {what}")
        return counters

    return AfterValidator(check)


class RollupDocument(Sent):
    """One `vamp.ports.metrics.Rollup` as it travels."""

    id: Annotated[str, Field(min_length=1, max_length=1000)]
    agent: Name
    gateway: Name
    route: Annotated[str, Field(max_length=127)]
    service: Annotated[str, Field(max_length=127)] = ""
    version: Annotated[str, Field(max_length=127)] = ""
    start: Moment
    seconds: Annotated[float, Field(gt=0, le=LONGEST_SPAN_S)]
    count: Count
    statuses: Annotated[tuple[Count, ...], _counters(len(STATUS_CLASSES), "classes of status")]
    errors: Count
    bytes_out: Count
    latency_sum_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    latency_histogram: Annotated[tuple[Count, ...], _counters(HISTOGRAM_SIZE, "bounds of latency")]

    def rollup(self) -> Rollup:
        """Return it in the form of the metrics store."""
        return Rollup(**{name: getattr(self, name) for name in type(self).model_fields})


class RollupsReport(Sent):
    """What one agent counted: at most `MOST_ROLLUPS` rollups."""

    rollups: Annotated[tuple[RollupDocument, ...], Field(max_length=MOST_ROLLUPS)]
