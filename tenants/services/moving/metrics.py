"""Moving an environment's rolled-up traffic to another metrics store.

What is there is copied hour by hour, then new rollups go to the new store, and what late writers put
into the old one is copied too, until both agree. Rollups keep their identity, so that nothing
counts twice, however often it is copied. Raw log lines go along, where both stores keep them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from tenants.connections import metrics_at, url_of
from tenants.services.moving import lines
from tenants.services.moving.step import CannotGoOn, Course, NotYet, Road
from tenants.services.moving.switching import switch_url
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused
from vamp.ports.metrics import HISTOGRAM_SIZE, STATUS_CLASSES, MetricsStore, Rollup

STEP_S = 3600.0
WRITE_BATCH = 1_000
QUIET_S = 10.0
"""Late writers have written after this: requests that began before the switch."""


_PROBE = Rollup(
    id="storage-probe", agent="storage-probe", gateway="storage-probe", route="", service="",
    version="", start=datetime(2000, 1, 1, tzinfo=UTC), seconds=1.0, count=0,
    statuses=(0,) * len(STATUS_CLASSES), errors=0, bytes_out=0, latency_sum_ms=0.0,
    latency_histogram=(0,) * HISTOGRAM_SIZE,
)  # fmt: skip
"""Written to see whether the new store can be, and is another than the old one."""


def _check(course: Course) -> None:
    source, target = _stores(course)
    try:
        target.write([_PROBE])
        is_one = _PROBE.start in source.tallies(step_s=STEP_S)
        target.prune(before=_PROBE.start + timedelta(days=1))
        spans = source.tallies(step_s=STEP_S)
    except PortRefused as refusal:
        raise CannotGoOn(f"a store refuses us: {refusal}") from refusal
    if is_one:
        raise CannotGoOn("both URLs name the same store")
    course.note(done=0, total=sum(rollups for rollups, _ in spans.values()))


def _copy(course: Course) -> None:
    source, target = _stores(course)
    _bring(course, source, target)
    lines.bring(course)


def _bring(course: Course, source: MetricsStore, target: MetricsStore) -> int:
    """Copy the hours in which the stores differ; return how many rollups that were.

    What only the new store has stays: it is in use.
    """
    here, there = source.tallies(step_s=STEP_S), target.tallies(step_s=STEP_S)
    copied = sum(there[start][0] for start in here if here[start] == there.get(start))
    course.note(done=min(copied, course.move.total or copied))
    written = 0
    for start in sorted(here):
        if here[start] == there.get(start):
            continue
        batch: list[Rollup] = []
        for rollup in source.rollups(start, start + timedelta(seconds=STEP_S)):
            batch.append(rollup)
            if len(batch) >= WRITE_BATCH:
                written += _write(course, target, batch)
                batch = []
        written += _write(course, target, batch)
        course.note(done=copied + written, total=max(course.move.total, copied + written))
        course.passing("copied an hour")
    return written


def _write(course: Course, target: MetricsStore, batch: list[Rollup]) -> int:
    course.hold.beat()
    target.write(batch)
    return len(batch)


def _stores(course: Course) -> tuple[MetricsStore, MetricsStore]:
    environment, move = course.environment, course.move
    return metrics_at(environment, move.source), metrics_at(environment, move.target)


def _switch(course: Course) -> None:
    switch_url(course, "metrics")


def _settle(course: Course) -> None:
    """Take over what late writers put into the old store."""
    if "settled_at" not in course.move.facts:
        course.note(settled_at=time.time() + QUIET_S)
    _keep(course)
    if time.time() < course.fact("settled_at"):
        raise NotYet("")


def _keep(course: Course) -> None:
    source, target = _stores(course)
    _bring(course, source, target)
    if not _agents_write_themselves(course):
        course.note(may_end=True)


def _agents_write_themselves(course: Course) -> bool:
    """Tell whether agents may have the old store in their own settings."""
    url = url_of(course.environment, "metrics", course.move.source)
    return Dsn.parse(url).scheme != "db"


def _follow(course: Course) -> None:
    _keep(course)


def _clear(course: Course) -> None:
    """Remove the old store's rollups, once each is proved to be in the new one."""
    source, target = _stores(course)
    if not course.fact("is_proved"):
        _bring(course, source, target)
        here, there = source.tallies(step_s=STEP_S), target.tallies(step_s=STEP_S)
        short = [start for start in here if here[start][0] > there.get(start, (0, 0))[0]]
        if short:
            raise NotYet(f"{len(short)} hours are not whole in the new store yet; copied anew")
        lines.bring(course, is_last=True)
        course.note(is_proved=True)
    source.prune(before=timezone.now() + timedelta(days=1))
    lines.remove(course)


def _undo(course: Course) -> None:
    """Remove what was copied: nothing else is in a store that the environment does not use."""
    _, target = _stores(course)
    target.prune(before=timezone.now() + timedelta(days=1))
    lines.remove(course, is_new=True)


ROAD = Road(
    steps={
        "check": _check,
        "copy": _copy,
        "switch": _switch,
        "settle": _settle,
        "follow": _follow,
        "clear": _clear,
    },
    undo=_undo,
    switched_by="switch",
    follows_from="follow",
    keep=_keep,
)
