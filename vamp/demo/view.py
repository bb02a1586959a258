"""What a person sees of the run: a live screen in a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from vamp.demo.ledger import Recent
from vamp.demo.release import Release
from vamp.demo.screen import screen
from vamp.demo.wording import clock, measured, percent, share

TRAFFIC_LINE_S = 5.0
"""Seconds between two lines about the traffic where there is no screen."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What there is to see at one moment.

    Attributes:
        place: ``organisation/environment``.
        recent: the traffic lately.
        release: the present or last one; None before the first.
    """

    place: str
    recent: Recent
    release: Release | None


class View(Protocol):
    """Shows a run while it goes on; a context manager that gives the terminal back."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def note(self, text: str) -> None:
        """Show that something happened."""
        ...

    def show(self, frame: Frame) -> None:
        """Show the present state; called several times a second."""
        ...


class ScreenView:
    """A screen that is drawn anew in place, with the latest notes below the numbers."""

    def __init__(self, console: Console, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock_s = clock_s
        self._begin = clock_s()
        self._notes: list[str] = []
        self._frame: Frame | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
        for note in self._notes:
            self._console.print(note, markup=False, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Show that something happened."""
        self._notes.append(f"{clock(self._clock_s() - self._begin)} {text}")
        self._draw()

    def show(self, frame: Frame) -> None:
        """Draw the frame."""
        self._frame = frame
        self._draw()

    def _draw(self) -> None:
        drawn = screen(
            place=self._frame.place if self._frame else "",
            recent=self._frame.recent if self._frame else None,
            release=self._frame.release if self._frame else None,
            notes=self._notes,
            elapsed_s=self._clock_s() - self._begin,
        )
        self._live.update(drawn, refresh=True)


class LineView:
    """One plain line for each thing that happens, and one about the traffic every few seconds."""

    def __init__(self, console: Console, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock_s = clock_s
        self._begin = clock_s()
        self._traffic_at = 0.0
        self._told: tuple[int, float] = (0, 0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def note(self, text: str) -> None:
        """Print that something happened."""
        line = f"{clock(self._clock_s() - self._begin)} {text}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(self, frame: Frame) -> None:
        """Print the verdicts that are new, and now and then the traffic."""
        if frame.release is not None:
            self._verdicts(frame.release)
        now = self._clock_s() - self._begin
        if frame.recent.sent and now - self._traffic_at >= TRAFFIC_LINE_S:
            self._traffic_at = now
            self.note(traffic_line(frame.recent))

    def _verdicts(self, release: Release) -> None:
        for each in release.evaluations:
            if (release.number, each.at) > self._told:
                step = release.steps[each.step]
                self.note(
                    f"  {step.name} {percent(step.target_weight)}: {each.condition} "
                    f"{measured(each.metric, each.value)}, baseline "
                    f"{measured(each.metric, each.baseline)}: {each.verdict}"
                )
        newest = max((each.at for each in release.evaluations), default=0.0)
        self._told = max(self._told, (release.number, newest))


def traffic_line(recent: Recent) -> str:
    """Return rate, split and failures in one line."""
    split = ", ".join(f"{version} {share(part)}" for version, part in recent.split.items())
    failed = _failures(recent.failed)
    return f"  {recent.rate:.0f} requests/s, {recent.sent} sent, split {split or 'none'}; {failed}"


def _failures(failed: Mapping[str, int]) -> str:
    told = ", ".join(f"{count} of {version or 'nobody'}" for version, count in failed.items())
    return f"failed: {told or 'none'}"


def view_for(console: Console) -> ScreenView | LineView:
    """Return the screen for a terminal that can draw one, and lines for anything else."""
    is_dumb = os.environ.get("TERM", "") in ("", "dumb") or "NO_COLOR" in os.environ
    return LineView(console) if is_dumb or not console.is_terminal else ScreenView(console)
