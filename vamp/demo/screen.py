"""The live screen, drawn from plain values; fits a terminal of 80 columns and 24 lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from vamp.demo.ledger import Recent
from vamp.demo.release import SUCCEEDED, Release
from vamp.demo.wording import clock, measured, percent, share

BAR_CELLS: Final = 46
NOTES: Final = 6

_VERDICT_STYLES: Final = {"pass": "green", "fail": "bold red", "error": "red"}


def screen(
    *,
    place: str,
    recent: Recent | None,
    release: Release | None,
    notes: Sequence[str],
    elapsed_s: float,
) -> RenderableType:
    """Return the whole screen.

    Args:
        place: ``organisation/environment``; empty before it is known.
        recent: the traffic lately; None before there is any.
        release: the present or last one; None before the first.
        notes: all that happened; the last few are shown.
        elapsed_s: since the beginning, in seconds.
    """
    parts: list[RenderableType] = []
    if recent is not None and recent.sent:
        parts += [_traffic(recent), _split(recent, release), Text()]
    if release is not None:
        parts += [_release(release), _conditions(release), Text()]
    parts += [Text(note, no_wrap=True, overflow="ellipsis", style="dim") for note in notes[-NOTES:]]
    title = f"Vamp {place} {clock(elapsed_s)}".replace("  ", " ")
    return Panel(Group(*parts), title=title, title_align="left", width=80)


def _traffic(recent: Recent) -> Text:
    line = Text(f"{recent.rate:5.0f} requests/s   {recent.sent:,} sent   failed: ")
    if not recent.failed:
        return line.append("none", "green")
    told = ", ".join(f"{count} of {name or 'nobody'}" for name, count in recent.failed.items())
    return line.append(told, "red")


def _split(recent: Recent, release: Release | None) -> Table:
    table = Table.grid(padding=(0, 1))
    for version, part in recent.split.items():
        is_target = release is not None and version == release.target and not release.is_over
        cells = round(part * BAR_CELLS)
        bar = Text("█" * cells, "cyan" if is_target else "blue")
        bar.append("·" * (BAR_CELLS - cells), "dim")
        table.add_row(f"{version[:14]:>14}", bar, f"{share(part):>8}")
    return table


def _release(release: Release) -> Text:
    text = Text(f"release {release.number}: {release.source} → {release.target}  ")
    style = "green" if release.status == SUCCEEDED else "yellow"
    text.append(release.status.replace("_", " "), style)
    text.append("\n")
    for index, step in enumerate(release.steps):
        mark, style = _mark(release, index)
        text.append(f"{mark} {step.name} {percent(step.target_weight)}   ", style)
    return text


def _mark(release: Release, index: int) -> tuple[str, str]:
    if index < release.step or release.status == SUCCEEDED:
        return "✓", "green"
    if index > release.step:
        return "○", "dim"
    return ("✗", "bold red") if release.is_over else ("●", "bold cyan")


def _conditions(release: Release) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", width=76)
    for name in ("condition", "metric", "value", "baseline", "samples", "verdict"):
        table.add_column(
            name, justify="right" if name in ("value", "baseline", "samples") else "left"
        )
    for each in release.latest:
        table.add_row(
            each.condition,
            each.metric,
            measured(each.metric, each.value),
            measured(each.metric, each.baseline),
            str(each.samples),
            Text(each.verdict, _VERDICT_STYLES.get(each.verdict, "yellow")),
        )
    return table
