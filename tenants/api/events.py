"""Events: read by position, and dead letters."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import EnvironmentView
from tenants.history import Joined, first_of, of_environment
from tenants.models import Environment
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query
from vamp.models import DeadLetter, OutboxEvent

MOST_EVENTS = 500
MOST_LOOKED_AT = 20_000
"""Events among which one answer looks for a subject."""


class EventSerializer(serializers.Serializer[OutboxEvent]):
    """A fact about something that changed."""

    position = serializers.IntegerField(help_text="Place in the stream; counts up, may have gaps.")
    subject = serializers.CharField()
    payload = serializers.JSONField()
    emitted_at = serializers.DateTimeField()


class EventsSerializer(serializers.Serializer[Any]):
    """Events, oldest first."""

    results = EventSerializer(many=True)
    after = serializers.IntegerField(help_text="Ask for what comes after this next.")
    is_more = serializers.BooleanField(
        help_text="True where more events are there already. With a subject, there may be none of it"
        " among them: no answer looks through more than 20,000 events."
    )


class EventQuery(Query):
    """Which events."""

    after = serializers.IntegerField(
        default=0, min_value=0, help_text="A position; 0 from the oldest."
    )
    subject = serializers.CharField(
        default="", help_text="Exact, or a prefix that ends in .> such as vamp.acme.prod.gateways.>"
    )
    limit = serializers.IntegerField(default=100, min_value=1, max_value=MOST_EVENTS)


class DeadLetterSerializer(serializers.Serializer[DeadLetter]):
    """An event that a part of Vamp could not work off for good."""

    consumer = serializers.CharField()
    event_id = serializers.CharField()
    subject = serializers.CharField()
    payload = serializers.JSONField()
    error = serializers.CharField()
    rejected_at = serializers.DateTimeField()


class Events(EnvironmentView):
    """The events of an environment."""

    rights = {"GET": "event.view"}
    queries = {"GET": EventQuery}

    @extend_schema(operation_id="events_list", parameters=[EventQuery], responses=EventsSerializer)
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Read events by position, oldest first."""
        wanted, here = self.wanted, self.environment
        after, subject, limit = wanted["after"], wanted["subject"], wanted["limit"]
        reach = reach_after(here, after) if subject else None
        found = events_after(here, after, subject, limit=limit + 1, until=reach)
        page = found[:limit]
        if len(found) > limit or reach is None:
            after = page[-1].position if page else after
            body = {"results": page, "after": after, "is_more": len(found) > limit}
        else:
            body = {"results": page, "after": reach, "is_more": True}
        return Response(EventsSerializer(body).data)


class DeadLetters(EnvironmentView):
    """Events of an environment that could not be worked off."""

    rights = {"GET": "event.view"}
    pagination_class = NumberedPages

    @extend_schema(operation_id="dead_letters_list", responses=DeadLetterSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List them, newest first."""
        here = self.environment

        def rows(database: str) -> QuerySet[DeadLetter]:
            return DeadLetter.objects.using(database).filter(
                organisation=here.organisation.name, environment=here.name
            )

        parts = of_environment(here, rows)
        if len(parts) == 1:
            return self.page(parts[0], DeadLetterSerializer)
        joined = Joined(parts, lambda row: row.rejected_at, is_reversed=True)
        return self.page(joined, DeadLetterSerializer)


def events_after(
    environment: Environment, after: int, subject: str = "", *, limit: int, until: int | None = None
) -> list[OutboxEvent]:
    """Return the environment's first `limit` events above a position, from before its moves too.

    Positions count up through a move, so that a reader goes on from the last one that it had.

    Args:
        environment: whose.
        after: a position.
        subject: see `events_in`.
        limit: how many.
        until: a position, the last that is looked at; None for no such.
    """

    def rows(database: str) -> QuerySet[OutboxEvent]:
        found = events_in(environment, after=after, subject=subject, database=database)
        return found if until is None else found.filter(position__lte=until)

    found: list[OutboxEvent] = first_of(environment, rows, limit, lambda row: row.position)
    return found


def reach_after(environment: Environment, after: int) -> int | None:
    """Return the position up to which one answer looks for a subject; None for up to the end.

    No index finds subjects. One query a database, over an index.
    """
    ends: list[int] = []
    for database in environment.databases:
        places = events_in(environment, after=after, database=database)
        found = places.values_list("position", flat=True)[MOST_LOOKED_AT - 1 : MOST_LOOKED_AT]
        ends += [int(place or 0) for place in found]
    return min(ends, default=None)


def newest_position(environment: Environment) -> int:
    """Return the position of the environment's newest event, 0 where there is none.

    One query a database, as far back as it takes.
    """
    for database in reversed(environment.databases):
        rows = events_in(environment, after=0, database=database).order_by("-position")
        newest = rows.values_list("position", flat=True).first()
        if newest is not None:
            return int(newest)
    return 0


def events_in(
    environment: Environment, *, after: int, subject: str = "", database: str = ""
) -> QuerySet[OutboxEvent]:
    """Return the environment's events that have a position above `after`, oldest first.

    Args:
        environment: whose.
        after: a position.
        subject: exact, or a prefix that ends in ``.>``; empty for every subject.
        database: one of the environment's; empty for its present one.
    """
    rows = OutboxEvent.objects.using(database or environment.database).filter(
        organisation=environment.organisation.name,
        environment=environment.name,
        position__gt=after,
    )
    if subject.endswith(".>"):
        rows = rows.filter(subject__startswith=subject[:-1])
    elif subject:
        rows = rows.filter(subject=subject)
    return rows.order_by("position")
