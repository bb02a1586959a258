"""Which streams there are: the installation's, and those that tenants have of their own.

What tenants chose is asked of ``settings.EVENT_SCOPES``, and which of them are deleted of
``settings.EVENTS_GONE``, for the core knows no tenants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from vamp import wiring
from vamp.dsn import Dsn
from vamp.ports.events import EventStream
from vamp.ports.hints import HintChannel


@dataclass(frozen=True, slots=True)
class Stream:
    """Where events go.

    Attributes:
        url: connection URL.
        key: what opens it.
    """

    url: str
    key: str = field(default="", repr=False)

    def __str__(self) -> str:
        return str(Dsn.parse(self.url))

    @property
    def is_embedded(self) -> bool:
        """Each database is a stream of its own."""
        return Dsn.parse(self.url).scheme == "db"


@dataclass(frozen=True, slots=True)
class Scope:
    """An organisation or an environment, and the stream that it has of its own.

    Attributes:
        id: short, the same for ever: names the relay's cursor.
        organisation: name.
        environment: name; None for the whole organisation.
        stream: None where it has none of its own.
        draining: one that it had before, in which messages may lie that nobody has heard yet.
    """

    id: str
    organisation: str
    environment: str | None
    stream: Stream | None
    draining: Stream | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Something to consume from: a server, or one database's embedded stream."""

    stream: Stream
    database: str

    def __str__(self) -> str:
        return self.database or str(self.stream)


def installation_stream() -> Stream:
    """Return the stream of all who have none of their own."""
    return Stream(settings.EVENTS_URL, settings.EVENTS_KEY)


def scopes() -> Sequence[Scope]:
    """Return every organisation and environment, organisations first. Cost: two queries."""
    found: Sequence[Scope] = import_string(settings.EVENT_SCOPES)()
    return found


def sources(scopes: Iterable[Scope], databases: Sequence[str]) -> Sequence[Source]:
    """Return each place that events may lie in, once."""
    scopes = list(scopes)
    streams = dict.fromkeys(
        [
            installation_stream(),
            *(scope.stream for scope in scopes if scope.stream),
            *(scope.draining for scope in scopes if scope.draining),
        ]
    )
    return [
        Source(stream, database)
        for stream in streams
        for database in (databases if stream.is_embedded else [""])
    ]


def opened(stream: Stream, database: str) -> EventStream:
    """Open `stream` for the events of `database`. Cheap: what is open is kept."""
    return _opened(stream, database if stream.is_embedded else "")


def hints_of(stream: Stream) -> HintChannel | None:
    """Open what carries hints beside `stream`, if anything does. Cheap, as `opened`."""
    return _hints(stream)


@lru_cache(maxsize=1024)
def _opened(stream: Stream, database: str) -> EventStream:
    return wiring.events_from_url(
        stream.url,
        database=database,
        key=stream.key,
        retention_days=settings.VAMP.event_retention_days,
        is_gone=_is_gone,
    )


def _is_gone(organisation: str) -> bool:
    return bool(import_string(settings.EVENTS_GONE)(organisation))


@lru_cache(maxsize=1024)
def _hints(stream: Stream) -> HintChannel | None:
    return wiring.hints_from_url(stream.url, key=stream.key)
