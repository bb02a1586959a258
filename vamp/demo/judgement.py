"""Did all of it happen? From what was recorded to the list of what is wrong; nothing means PASS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vamp.demo.ledger import Caller, RequestRecord
from vamp.demo.release import ROLLED_BACK, SUCCEEDED, Seen
from vamp.demo.summary import (
    Latency,
    StepShare,
    TakenOff,
    failed_outside,
    last_answer_of,
    latency,
    lowest_rate,
    rate,
    share_in,
    taken_off,
)
from vamp.demo.wording import percent, share

LEAST_RATE: Final = 100.0
"""Requests a second that the traffic must keep up in every whole `RATE_WINDOW_S` of the run."""

RATE_WINDOW_S: Final = 5.0

QUIET_S: Final = 2.0
"""How long the traffic must go on after the broken version's last request, to call it the last."""

LONGEST_RUN_S: Final = 180.0

LONGEST_ROLLBACK_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run left behind.

    Attributes:
        records: of every request.
        good: what was seen of the release that should succeed.
        bad: what was seen of the release that should be rolled back.
        weights: the policy's steps, in hundredths of a percent.
        agents: ``address:port`` of each.
        duration_s: from the first request to the API to the last to the gateway.
    """

    records: Sequence[RequestRecord]
    good: Seen
    bad: Seen
    weights: Sequence[int]
    agents: Sequence[str]
    duration_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The findings in numbers.

    Attributes:
        sent: requests in all, of them answered by the broken version `of_broken`, which failed
            `failed_broken` of them.
        failed: requests that failed outside the broken version.
        rate: requests a second over the whole run; `lowest_rate` in its poorest seconds.
        by_agent: requests a agent.
        shares: of every step that went live, in order.
        off: users taken off a target while its weight only rose, for each release.
        latency: of all whole answers.
        rollback_s: from the failing verdict to the answer of the last request that the broken
            version got; 0 where it got none any more; None where nothing failed.
        quiet_s: how long the traffic went on after that, on the agent where it ended first.
    """

    sent: int
    of_broken: int
    failed_broken: int
    failed: Sequence[RequestRecord]
    rate: float
    lowest_rate: float
    by_agent: dict[str, int]
    shares: Sequence[StepShare]
    off: Sequence[TakenOff]
    latency: Latency | None
    rollback_s: float | None
    quiet_s: float


def measure(findings: Findings) -> Measured:
    """Return the numbers. Cost: a few passes over the records."""
    records, broken = findings.records, findings.bad.release.target
    of_broken = [each for each in records if each.version == broken]
    rollback_s, quiet_s = _rollback(findings)
    return Measured(
        sent=len(records),
        of_broken=len(of_broken),
        failed_broken=sum(each.has_failed for each in of_broken),
        failed=failed_outside(broken, records),
        rate=rate(records),
        lowest_rate=lowest_rate(records, RATE_WINDOW_S),
        by_agent={agent: sum(each.agent == agent for each in records) for agent in findings.agents},
        shares=[
            share_in(span, records)
            for seen in (findings.good, findings.bad)
            for span in seen.spans()
        ],
        off=[
            taken_off(seen.release.target, seen.spans(), records)
            for seen in (findings.good, findings.bad)
        ],
        latency=latency(records),
        rollback_s=rollback_s,
        quiet_s=quiet_s,
    )


def _rollback(findings: Findings) -> tuple[float | None, float]:
    failing = findings.bad.release.failing
    if failing is None:
        return None, 0.0
    last = last_answer_of(findings.bad.release.target, failing.at, findings.records)
    over = max(failing.at, last or 0.0)
    ends = [
        max((each.sent_at for each in findings.records if each.agent == agent), default=0.0)
        for agent in findings.agents
    ]
    return over - failing.at, max(0.0, min(ends, default=0.0) - over)


def faults(findings: Findings, measured: Measured) -> tuple[str, ...]:
    """Return what did not happen as it must, as sentences; nothing if all of it did."""
    return (
        *_of_good(findings),
        *_of_bad(findings, measured),
        *_of_requests(measured),
        *_of_splits(measured),
        *_of_traffic(findings, measured),
    )


def _of_good(findings: Findings) -> Iterator[str]:
    release = findings.good.release
    if release.status != SUCCEEDED:
        yield f"release {release.number} of {release.target} is {release.status}, not {SUCCEEDED}"
    if findings.good.walked != tuple(findings.weights):
        walked, wanted = (_steps(each) for each in (findings.good.walked, findings.weights))
        yield f"release {release.number} went {walked or 'nowhere'}, not {wanted}"


def _of_bad(findings: Findings, measured: Measured) -> Iterator[str]:
    release = findings.bad.release
    if release.status != ROLLED_BACK:
        yield f"release {release.number} of {release.target} is {release.status}, not {ROLLED_BACK}"
    if not measured.failed_broken:
        yield f"version {release.target} failed no request, so its rollback shows nothing"
    if measured.rollback_s is None:
        yield f"no condition of release {release.number} failed"
    elif measured.rollback_s > LONGEST_ROLLBACK_S:
        yield f"the rollback took {measured.rollback_s:.1f} s to be live, over {LONGEST_ROLLBACK_S:g} s"
    elif measured.quiet_s < QUIET_S:
        yield f"only {measured.quiet_s:.1f} s of traffic show that version {release.target} is off"


def _of_requests(measured: Measured) -> Iterator[str]:
    if measured.failed:
        first = measured.failed[0]
        kind = first.failure or f"status {first.status}"
        told = f"the first on {first.agent}, of version {first.version or 'unknown'}: {kind}"
        yield f"{len(measured.failed)} requests failed outside the broken version, {told}"
    users = frozenset().union(*(each.users for each in measured.off))
    if users:
        names = ", ".join(sorted(users)[:3])
        yield f"{len(users)} users were taken off the target by a rising weight: {names}"


def _of_splits(measured: Measured) -> Iterator[str]:
    for each in measured.shares:
        if not each.is_within_bounds:
            span = each.span
            told = share(each.share) if each.answered else "no requests"
            yield (
                f"step {span.step} of release {span.release} measured {told}, "
                f"which chance does not explain at {percent(span.target_weight)}"
            )


def _of_traffic(findings: Findings, measured: Measured) -> Iterator[str]:
    if measured.lowest_rate < LEAST_RATE:
        yield (
            f"the traffic fell to {measured.lowest_rate:.0f} requests/s for {RATE_WINDOW_S:g} s, "
            f"under {LEAST_RATE:g}"
        )
    for agent, count in measured.by_agent.items():
        if count < measured.sent / len(measured.by_agent) * 0.8:
            yield f"agent {agent} got only {count} of {measured.sent} requests"
    for caller in Caller:
        if not any(each.caller is caller for each in findings.records):
            yield f"there was no traffic of kind {caller.value}"
    if findings.duration_s > LONGEST_RUN_S:
        yield f"the run took {findings.duration_s:.0f} s, over {LONGEST_RUN_S:g} s"


def _steps(weights: Sequence[int]) -> str:
    return " → ".join(percent(each) for each in weights)
