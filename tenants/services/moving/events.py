"""Moving an environment's events to another stream.

The relay goes on from where it is, to the new stream: each event reaches one of the two. What lies
in the old one is still heard for a while.
"""

from __future__ import annotations

import time

from django.db import transaction

from tenants.connections import stream_at, url_of
from tenants.models import Environment
from tenants.services.moving.step import CannotGoOn, Course, NotYet, Road
from tenants.services.moving.switching import switch_url
from vamp import streams
from vamp.databases import DEFAULT
from vamp.ports.errors import PortRefused

DRAIN_S = 600.0
"""The old stream is listened to for so long, for consumers that were away; then sweeps make up."""


def _check(course: Course) -> None:
    environment, move = course.environment, course.move
    found = streams.opened(
        stream_at(environment, url_of(environment, "events", move.target)), environment.database
    )
    try:
        found.replay(after=0, subject="vamp._.>", limit=1)
    except PortRefused as refusal:
        raise CannotGoOn(f"the new stream refuses us: {refusal}") from refusal


def _switch(course: Course) -> None:
    switch_url(course, "events", url_of(course.environment, "events", course.move.source))


def _drain(course: Course) -> None:
    if "drained_at" not in course.move.facts:
        course.note(drained_at=time.time() + DRAIN_S)
    if not course.fact("may_end") and time.time() < course.fact("drained_at"):
        raise NotYet("")


def _keep(course: Course) -> None:
    """End by itself once the old stream was listened to for long enough."""
    _drain(course)
    course.note(may_end=True)


def _clear(course: Course) -> None:
    with transaction.atomic(using=DEFAULT):
        course.hold.renew()
        rows = Environment.objects.using(DEFAULT).filter(pk=course.environment.pk)
        rows.update(events_old_url="")


def _undo(course: Course) -> None:
    """Nothing was written before the switch."""


ROAD = Road(
    steps={"check": _check, "switch": _switch, "drain": _drain, "clear": _clear},
    undo=_undo,
    switched_by="switch",
    follows_from="drain",
    keep=_keep,
)
