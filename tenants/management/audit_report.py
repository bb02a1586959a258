"""What a verification found, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from vamp.audit.findings import Comparison, Finding, Verdict

OK, FOUND, UNKNOWN, LATE = 0, 1, 3, 4
"""Exit codes; 2 is a mistake in the command line."""

LATE_S = 60.0
"""An entry that waited so long to be sealed says that nobody seals."""


def exit_code(
    verdicts: Sequence[Verdict],
    failures: Sequence[str],
    now: datetime,
    comparisons: Sequence[Comparison] = (),
) -> int:
    """Return the worst of what came of it: found, not known, late, or well."""
    if any(not verdict.is_whole for verdict in verdicts) or any(
        comparison.findings for comparison in comparisons
    ):
        return FOUND
    if failures:
        return UNKNOWN
    return LATE if any(verdict.tail.age_s(now) > LATE_S for verdict in verdicts) else OK


def as_json(
    verdicts: Sequence[Verdict],
    failures: Sequence[str],
    now: datetime,
    comparisons: Sequence[Comparison] | None = None,
) -> str:
    """Return everything as one JSON object; ``archives`` is there only if they were compared."""
    value = {
        "whole": all(verdict.is_whole for verdict in verdicts) and not failures,
        "databases": [verdict.to_value(now) for verdict in verdicts],
        "not_checked": list(failures),
    }
    if comparisons is not None:
        value["archives"] = [comparison.to_value() for comparison in comparisons]
    return json.dumps(value, indent=2)


def show(
    console: Console,
    verdicts: Sequence[Verdict],
    failures: Sequence[str],
    now: datetime,
    comparisons: Sequence[Comparison] = (),
) -> None:
    """Print it for people."""
    for verdict in verdicts:
        _show_one(console, verdict, now)
    for comparison in comparisons:
        _show_comparison(console, comparison)
    for failure in failures:
        console.print(f"[red]not checked[/]  {escape(failure)}", soft_wrap=True)


def _show_one(console: Console, verdict: Verdict, now: datetime) -> None:
    state = "[green]whole[/]" if verdict.is_whole else "[red]not whole[/]"
    forgotten = f", {verdict.forgotten} forgotten by retention" if verdict.forgotten else ""
    console.print(
        f"{escape(verdict.database)}: {state}, {verdict.entries} entries up to position"
        f" {verdict.head}{forgotten}",
        soft_wrap=True,
    )
    tail = verdict.tail
    if tail.count:
        age_s = tail.age_s(now)
        late = " [red](nobody seals: is a consume process running?)[/]" if age_s > LATE_S else ""
        console.print(
            f"  not sealed yet: {tail.count}, the oldest for {age_s:.0f} s{late}", soft_wrap=True
        )
    _show_findings(console, verdict.findings, verdict.more)


def _show_comparison(console: Console, comparison: Comparison) -> None:
    state = "[red]not alike[/]" if comparison.findings else "[green]alike[/]"
    console.print(
        f"{escape(comparison.database)} and {comparison.archives} archives: {state},"
        f" {comparison.compared} entries compared",
        soft_wrap=True,
    )
    for count, said in (
        (comparison.waiting, "not carried there yet"),
        (comparison.from_before, "from before the archive was there"),
    ):
        if count:
            console.print(f"  {said}: {count}", soft_wrap=True)
    _show_findings(console, comparison.findings, comparison.more)


def _show_findings(console: Console, findings: Sequence[Finding], more: int) -> None:
    for finding in findings:
        whose = f" [{finding.organisation}]" if finding.organisation else ""
        console.print(
            f"  [red]{finding.what.value}[/] {escape(finding.message + whose)}", soft_wrap=True
        )
    if more:
        console.print(f"  and {more} more", soft_wrap=True)
