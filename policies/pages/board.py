"""The releases of an environment: what is moving, what waits, what came of the others."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from policies import events
from policies.pages.release_words import ReleaseLine, line_of
from policies.selectors import visible_releases
from tenants.models import Environment
from tenants.pages.page import environment_page, person_of, render, stream_address

ENDED_SHOWN = 60
LIVE_EVENTS = " ".join([events.RELEASE_STARTED, events.RELEASE_CHANGED, events.RELEASE_FINISHED])


@dataclass(slots=True)
class Column:
    """One column of the board: releases in the same state."""

    title: str
    statuses: frozenset[str]
    nothing: str
    lines: list[ReleaseLine] = field(default_factory=list)


def columns() -> list[Column]:
    """Return the board's columns, empty."""
    return [
        Column("Under way", frozenset({"running", "promoting"}), "No traffic is moving."),
        Column(
            "Waits for a person",
            frozenset({"paused", "waiting_for_approval"}),
            "Nobody is waited for.",
        ),
        Column(
            "Taken back",
            frozenset({"rolling_back", "rolled_back", "aborted"}),
            "None was taken back.",
        ),
        Column("Succeeded", frozenset({"succeeded"}), "None has succeeded yet."),
    ]


@environment_page("release.view")
def board(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Show the releases by state."""
    wanted = request.GET.get("gateway", "").strip()
    rows = visible_releases(person_of(request), environment)
    if wanted:
        rows = rows.filter(gateway__name__icontains=wanted)
    board_columns = columns()
    lines = [line_of(environment, row) for row in rows.active()]
    lines += [line_of(environment, row) for row in rows.filter(active=None)[:ENDED_SHOWN]]
    for line in lines:
        for column in board_columns:
            if line.release.status in column.statuses:
                column.lines.append(line)
    context = {
        "title": "Releases",
        "here": environment,
        "now": timezone.now(),
        "columns": board_columns,
        "is_empty": not lines,
        "wanted": wanted,
        "live_stream": stream_address(environment),
        "live_events": LIVE_EVENTS,
    }
    return render(request, "vamp/board.html", context)
