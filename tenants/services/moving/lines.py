"""Taking an environment's raw log lines along with its metrics store.

Lines keep their identity, so that copying them again changes nothing. They are copied day by day.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from django.utils import timezone

from tenants.connections import lines_at
from tenants.services.moving.step import Course
from vamp.ports.lines import LineStore

WRITE_BATCH = 2_000
LATE_DAYS = 2
"""What agents held back is of these days: copied whole at the end, whatever the counts say."""


def bring(course: Course, *, is_last: bool = False) -> None:
    """Copy the days of which the new store has fewer lines. Nothing where either keeps none.

    Args:
        course: of the move.
        is_last: the latest days as well: what both stores took in meanwhile makes counts say little.
    """
    source, target = _stores(course)
    if source is None or target is None:
        return
    here, there = source.days(), target.days()
    late = (timezone.now() - timedelta(days=LATE_DAYS)).date()
    for day, count in sorted(here.items()):
        if there.get(day, 0) >= count and not (is_last and day >= late):
            continue
        lines = source.of_day(day)
        while batch := list(islice(lines, WRITE_BATCH)):
            course.hold.beat()
            target.write(batch)
            course.note(lines=course.fact("lines", 0) + len(batch))
        course.passing("copied a day of lines")


def remove(course: Course, *, is_new: bool = False) -> None:
    """Remove the environment's lines from the old store, or from the new one where it is given up."""
    store = _stores(course)[is_new]
    if store is not None:
        store.prune(before=timezone.now() + timedelta(days=1))


def _stores(course: Course) -> tuple[LineStore | None, LineStore | None]:
    environment, move = course.environment, course.move
    return lines_at(environment, move.source), lines_at(environment, move.target)
