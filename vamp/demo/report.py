"""The summary at the end: a table of what was measured, and PASS or what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from vamp.demo.binomial import LEAST_LIKELIHOOD
from vamp.demo.judgement import Findings, Measured
from vamp.demo.release import Seen
from vamp.demo.summary import StepShare
from vamp.demo.wording import percent, share

BOUNDS: Final = (
    f"✓ in bounds: chance alone is as far off at least once in {1 / LEAST_LIKELIHOOD:,.0f} runs\n"
    "  (exact binomial, both sides, visits and users each; testers are left out)"
)


def print_report(
    console: Console, findings: Findings, measured: Measured, faults: Sequence[str]
) -> None:
    """Print the summary; its last line is ``PASS``, or ``FAIL`` with every reason."""
    table = Table(title="Measured", title_justify="left", show_header=False, box=None)
    table.add_column(width=32, no_wrap=True)
    table.add_column()
    for name, value in _rows(findings, measured):
        table.add_row(name, value)
    console.print()
    console.print(table)
    console.print(f"\n{BOUNDS}\n", markup=False, highlight=False)
    console.print(closing_line(faults), markup=False, highlight=False, soft_wrap=True)


def closing_line(faults: Sequence[str]) -> str:
    """Return the very last line."""
    return f"FAIL: {'; '.join(faults)}" if faults else "PASS"


def _rollback(broken: str, took_s: float | None) -> str:
    if took_s is None:
        return "there was none"
    return f"{took_s:.3f} s" if took_s else f"no request reached {broken} after the verdict"


def _rows(findings: Findings, measured: Measured) -> Iterator[tuple[str, str]]:
    broken = findings.bad.release.target
    yield "requests sent", f"{measured.sent:,} at {measured.rate:.0f}/s, never retried"
    agents = ", ".join(f"{name} {count:,}" for name, count in measured.by_agent.items())
    yield "  to each agent", agents
    if measured.latency is not None:
        p50, p95, p99 = measured.latency.p50, measured.latency.p95, measured.latency.p99
        yield "  latency at the client", f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"
    yield f"failed outside {broken}", str(len(measured.failed))
    yield f"failed by {broken} itself", f"{measured.failed_broken} of {measured.of_broken}"
    for seen in (findings.good, findings.bad):
        yield from _release_rows(seen, measured.shares)
    yield "users taken off the target", str(sum(len(each.users) for each in measured.off))
    between = sum(len(each.between_agents) for each in measured.off)
    yield "  met a slower agent meanwhile", str(between)
    yield "failing verdict → rollback live", _rollback(broken, measured.rollback_s)
    yield "whole run", f"{findings.duration_s:.0f} s"


def _release_rows(seen: Seen, shares: Sequence[StepShare]) -> Iterator[tuple[str, str]]:
    release = seen.release
    title = f"release {release.number}: {release.source} → {release.target}"
    yield title, release.status.replace("_", " ")
    for each in shares:
        if each.span.release == release.number:
            yield f"  step {each.span.step}, {percent(each.span.target_weight)}", _share_told(each)


def _share_told(measured: StepShare) -> str:
    total = sum(measured.answered.values())
    versions = ", ".join(
        f"{version} {share(count / total)}" for version, count in sorted(measured.answered.items())
    )
    bounds = "✓" if measured.is_within_bounds else "✗"
    return f"{versions or 'no requests'} of {total:,} {bounds}"
