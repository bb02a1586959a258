"""The events of an environment as they happen (server-sent events)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from tenants.api.events import EventSerializer, events_after, newest_position, reach_after
from tenants.api.scope import EnvironmentView
from tenants.api.staying import Stays, stays
from tenants.models import Environment
from tenants.selectors import environment_by_id
from vamp.api.query import Query
from vamp.api.sse import Ears, Frame, stream
from vamp.bells import positioned
from vamp.databases import let_go_of_connections
from vamp.errors import Fault, Invalid
from vamp.far_bell import listen_far
from vamp.models import OutboxEvent

BATCH: Final = 200

_READERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sse")
"""Few threads read for all streams, so that an open stream holds no database connection."""

_EARS: WeakKeyDictionary[asyncio.AbstractEventLoop, Ears] = WeakKeyDictionary()


class EventStreamRenderer(JSONRenderer):
    """Lets ``Accept: text/event-stream`` in; a problem is answered as JSON all the same."""

    media_type = "text/event-stream"
    format = "event-stream"


class StreamQuery(Query):
    """Which events, and from where."""

    after = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="A position; left out: only what happens from now on.",
    )
    subject = serializers.CharField(
        default="", help_text="Exact, or a prefix that ends in .> such as vamp.acme.prod.gateways.>"
    )


class EventsStream(EnvironmentView):
    """The event stream of an environment."""

    rights = {"GET": "event.view"}
    queries = {"GET": StreamQuery}
    renderer_classes = [EventStreamRenderer, JSONRenderer]

    @extend_schema(
        operation_id="events_stream",
        parameters=[
            OpenApiParameter(
                "Last-Event-ID", int, OpenApiParameter.HEADER, description="Goes on behind it."
            ),
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR, description="Events with id, type and JSON; comments between."
            )
        },
    )
    def get(self, request: Request, organisation: str, environment: str) -> HttpResponseBase:
        """Follow the events of the environment; ``id`` is the position, to go on from.

        The stream ends within a second of the right to it being lost.
        """
        wanted = self.wanted
        here = self.environment
        read = partial(read_after, Place(here), wanted["subject"])
        answer = StreamingHttpResponse(
            stream_of(
                read,
                first_position(request, here, wanted),
                stays(request, self.rights["GET"], here),
            ),
            content_type="text/event-stream",
        )
        answer["Cache-Control"] = "no-store"
        answer["X-Accel-Buffering"] = "no"
        # Compression would hold events back until its buffer is full.
        answer["Content-Encoding"] = "identity"
        let_go_of_connections()
        return answer


def first_position(request: Request, environment: Environment, wanted: Mapping[str, Any]) -> int:
    """Return the position behind which the stream begins.

    Raises:
        Invalid: ``Last-Event-ID`` is no position.
    """
    last = request.headers.get("Last-Event-ID", "").strip()
    if last:
        if not (last.isdecimal() and last.isascii()):
            raise Invalid(faults=[Fault("", f"Last-Event-ID: {last[:40]} is no position")])
        return int(last)
    if "after" in wanted:
        return int(wanted["after"])
    return newest_position(environment)


async def stream_of(read: partial[list[Found]], after: int, may_stay: Stays) -> Any:
    """Yield the stream over this event loop's ears, while `may_stay`."""
    loop = asyncio.get_running_loop()
    ears = _EARS.setdefault(loop, Ears(positioned()))
    listen_far()

    async def frames(position: int) -> Sequence[tuple[int, Frame | None]]:
        return await loop.run_in_executor(_READERS, read, position)

    async def goes_on() -> bool:
        return await loop.run_in_executor(_READERS, may_stay)

    async for part in stream(ears, frames, after=after, goes_on=goes_on):
        yield part


LOOK_S: Final = 2.0
"""A stream that is open finds out after this that its environment has moved."""


class Place:
    """Where an environment lies, for a stream that outlives what it read of it at first."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._looked_at_s = time.monotonic()

    def environment(self) -> Environment:
        """Return it as it is now. One query every `LOOK_S`."""
        if time.monotonic() - self._looked_at_s >= LOOK_S:
            self._looked_at_s = time.monotonic()
            self._environment = environment_by_id(self._environment.pk) or self._environment
        return self._environment


Found: TypeAlias = tuple[int, Frame | None]
"""A position with the event there; without one, how far was looked."""


def read_after(place: Place, subject: str, position: int) -> list[Found]:
    """Return up to `BATCH` events behind `position`.

    Cost: one query a database, see `Place`. With a subject three, for no index finds subjects:
    events that are of others are passed over once, and not at each ring again.
    """
    environment = place.environment()
    reach = None
    if subject:
        # Before the events are read: what comes meanwhile has not been looked at.
        reach = reach_after(environment, position) or newest_position(environment)
    rows = events_after(environment, position, subject, limit=BATCH, until=reach)
    found: list[Found] = [(int(row.position or 0), frame_of(row)) for row in rows]
    if reach is not None and len(rows) < BATCH and reach > position:
        found.append((reach, None))
    return found


def frame_of(row: OutboxEvent) -> Frame:
    """Return an event in the form of the stream; its type is the last part of the subject."""
    what = row.subject.split(".", 3)[-1]
    return Frame(str(row.position), what, dict(EventSerializer(row).data))
