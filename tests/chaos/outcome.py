"""What became of one fault, and the table of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from tests.chaos.lost import Lost
from tests.chaos.person import Answers


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fault.

    Attributes:
        fault: its name.
        requests: sent through HAProxy meanwhile.
        failed: of them, those on their way through a HAProxy that was killed left out.
        cut: those left out.
        answers: of the API.
        release: how the release ended.
        caught_up_s: from the end of the fault until every change was live; None if it never was.
        lost: what is missing.
    """

    fault: str
    requests: int
    failed: int
    cut: int
    answers: Answers
    release: str
    caught_up_s: float | None
    lost: Lost

    @property
    def is_well(self) -> bool:
        """Nothing failed, nothing is lost, and the release ended as it would have."""
        return (
            not self.failed
            and not self.lost.total
            and not self.answers.wrong
            and self.release == "succeeded"
            and self.caught_up_s is not None
        )


def print_table(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print a line a fault.

    ``sent`` and ``failed`` are requests through HAProxy, ``+`` those that died with a HAProxy that
    was killed; ``503/none`` are answers of the API, ``+`` those of other kinds but 200; ``live`` is how long it took from the end
    of the fault until the release was over and every change live.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("  fault", "sent", "failed", "503/none", "release", "live", "lost"):
        table.add_column(title, no_wrap=True, min_width=len(title))
    for each in outcomes:
        seen = each.answers.reads + each.answers.writes
        table.add_row(
            f"{'✓' if each.is_well else '✗'} {each.fault}",
            f"{each.requests:,}",
            f"{each.failed}" + (f" (+{each.cut})" if each.cut else ""),
            f"{seen[503]}/{seen[0]}" + (f" +{each.answers.wrong}" if each.answers.wrong else ""),
            each.release,
            "never" if each.caught_up_s is None else f"{each.caught_up_s:.1f} s",
            f"{each.lost.total}",
        )
    console.print(table)
