"""What a verification found, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from vamp.audit.findings import Verdict

OK, FOUND, UNKNOWN, LATE = 0, 1, 3, 4
"""Exit codes; 2 is a mistake in the command line."""

LATE_S = 60.0
"""An entry that waited so long to be sealed says that nobody seals."""


def exit_code(verdicts: Sequence[Verdict], failures: Sequence[str], now: datetime) -> int:
    """Return the worst of what came of it: found, not known, late, or well."""
    if any(not verdict.is_whole for verdict in verdicts):
        return FOUND
    if failures:
        return UNKNOWN
    return LATE if any(verdict.tail.age_s(now) > LATE_S for verdict in verdicts) else OK


def as_json(verdicts: Sequence[Verdict], failures: Sequence[str], now: datetime) -> str:
    """Return everything as one JSON object."""
    return json.dumps(
        {
            "whole": all(verdict.is_whole for verdict in verdicts) and not failures,
            "databases": [verdict.to_value(now) for verdict in verdicts],
            "not_checked": list(failures),
        },
        indent=2,
    )


def show(
    console: Console, verdicts: Sequence[Verdict], failures: Sequence[str], now: datetime
) -> None:
    """Print it for people."""
    for verdict in verdicts:
        _show_one(console, verdict, now)
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
    for finding in verdict.findings:
        whose = f" [{finding.organisation}]" if finding.organisation else ""
        console.print(
            f"  [red]{finding.what.value}[/] {escape(finding.message + whose)}", soft_wrap=True
        )
    if verdict.more:
        console.print(f"  and {verdict.more} more", soft_wrap=True)
