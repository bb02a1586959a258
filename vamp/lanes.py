"""Lanes: the parts of a database's events that the relay takes to a stream each.

The installation's lane takes everything that no other takes; an organisation or an environment
with a stream of its own has a lane of its own, with a cursor of its own, so that a stream that is
away holds up nobody else's events.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from vamp.models.outbox import OutboxEvent, StreamCursor
from vamp.streams import Scope, Stream, installation_stream

RELAY_CONSUMER = "vamp.relay"
"""Begins the name of each of the relay's cursors."""

FORGOTTEN_AFTER_S = 3600.0
"""A cursor whose organisation or environment is gone is kept so long: another process may have
made it for one that came after our look at the tenants."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A part of the events.

    Attributes:
        cursor: name of the cursor that says how far the relay is.
        organisation: whose events; empty for everybody's.
        environment: of which environment; None for all of the organisation.
        others: what of it has lanes of its own: (organisation, environment or None for all).
    """

    cursor: str = RELAY_CONSUMER
    organisation: str = ""
    environment: str | None = None
    others: frozenset[tuple[str, str | None]] = field(default_factory=frozenset)

    def takes(self, row: OutboxEvent) -> bool:
        """Tell whether the event goes this way."""
        return (
            self.organisation in ("", row.organisation)
            and self.environment in (None, row.environment)
            and (row.organisation, None) not in self.others
            and (row.organisation, row.environment) not in self.others
        )

    @property
    def condition(self) -> Q:
        """The same for a query."""
        found = Q()
        if self.organisation:
            found &= Q(organisation=self.organisation)
        if self.environment is not None:
            found &= Q(environment=self.environment)
        for organisation, environment in sorted(self.others, key=str):
            other = Q(organisation=organisation)
            found &= ~(other if environment is None else other & Q(environment=environment))
        return found


def lanes_of(database: str, scopes: Sequence[Scope]) -> Sequence[tuple[Lane, Stream]]:
    """Return the lanes of `database`, each with its stream, and see that each has its cursor.

    A new lane begins where the one that it leaves is; one that is not needed any more stays, with
    the stream of the one that takes over, until nothing waits in it. So no event is missed where
    an override is set, changed or taken back. One whose organisation or environment is gone ends:
    what waited in it had nobody else to reach, and what comes after goes to the lane above. Cost: a
    statement, and few more after a change.
    """
    places = dict(
        StreamCursor.objects.using(database)
        .filter(consumer__startswith=RELAY_CONSUMER)
        .values_list("consumer", "position")
    )
    if RELAY_CONSUMER not in places:
        StreamCursor.objects.using(database).get_or_create(consumer=RELAY_CONSUMER)
        places[RELAY_CONSUMER] = 0
    if gone := places.keys() - {RELAY_CONSUMER} - {_cursor_of(scope) for scope in scopes}:
        _forget(database, gone)
    kept = [scope for scope in scopes if scope.stream or _cursor_of(scope) in places]
    streams: dict[str, Stream] = {RELAY_CONSUMER: installation_stream()}
    lanes: list[Lane] = []
    for scope in kept:  # organisations come first
        own, above = _cursor_of(scope), _above(scope, kept)
        if scope.stream is None and _is_over(database, scope, own, above):
            continue
        if own not in places:
            StreamCursor.objects.using(database).get_or_create(
                consumer=own, defaults={"position": places[above]}
            )
            places[own] = places[above]
        streams[own] = scope.stream or streams.get(above, installation_stream())
        lanes.append(Lane(own, scope.organisation, scope.environment))
    return [(lane, streams[lane.cursor]) for lane in _apart([Lane(), *lanes])]


def lanes_at(cursors: Collection[str], scopes: Sequence[Scope]) -> Sequence[Lane]:
    """Return the lanes that have their cursor among `cursors`; begins none and ends none. Pure."""
    lanes = [Lane(_cursor_of(each), each.organisation, each.environment) for each in scopes]
    return _apart([Lane(), *(lane for lane in lanes if lane.cursor in cursors)])


def _apart(lanes: Sequence[Lane]) -> Sequence[Lane]:
    """Take out of each lane what those within it take."""
    return [
        Lane(
            lane.cursor,
            lane.organisation,
            lane.environment,
            frozenset(
                (other.organisation, other.environment)
                for other in lanes
                if other is not lane and _is_within(other, lane)
            ),
        )
        for lane in lanes
    ]


def _is_within(inner: Lane, outer: Lane) -> bool:
    if not outer.organisation:
        return bool(inner.organisation)
    return inner.organisation == outer.organisation and outer.environment is None


def _cursor_of(scope: Scope) -> str:
    return f"{RELAY_CONSUMER}/{scope.id}"


def _above(scope: Scope, kept: Sequence[Scope]) -> str:
    """Return the cursor of the lane that takes the scope's events where it has none of its own."""
    if scope.environment is not None:
        for other in kept:
            if other.environment is None and other.organisation == scope.organisation:
                return _cursor_of(other)
    return RELAY_CONSUMER


def _is_over(database: str, scope: Scope, own: str, above: str) -> bool:
    """Forget a lane that is not needed and in which nothing waits that the one above is past."""
    with transaction.atomic(using=database):
        held: Mapping[str, int] = dict(
            StreamCursor.objects.using(database)
            .select_for_update()
            .filter(consumer__in=[own, above])
            .values_list("consumer", "position")
        )
        if own not in held:
            return True
        waiting = OutboxEvent.objects.using(database).filter(
            Lane(own, scope.organisation, scope.environment).condition,
            position__gt=held[own],
            position__lte=held.get(above, 0),
        )
        if waiting.exists():
            return False
        StreamCursor.objects.using(database).filter(consumer=own).delete()
        return True


def _forget(database: str, cursors: Collection[str]) -> None:
    """Remove cursors of tenants that are gone, once nobody can be about to use them."""
    before = timezone.now() - timedelta(seconds=FORGOTTEN_AFTER_S)
    rows = StreamCursor.objects.using(database)
    rows.filter(consumer__in=cursors, changed_at__lt=before).delete()
