"""On whose behalf this thread or coroutine works: carried from a request to its event and its task.

One context variable and one filter do all of it. A structured-logging package would bring a second
kind of logger, a second pipeline of processors and its own middleware for what is forty lines here,
and the log lines of Django, Celery and uvicorn would still have to be brought into its form.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, fields, replace
from typing import Any

ORIGIN = "origin"
"""Key of an event's payload under which it is told what caused it: request id and actor."""

_TRAVELS_WITH_EVENTS = ("request_id", "actor")


@dataclass(frozen=True, slots=True)
class LogContext:
    """What every log line written meanwhile says as well; what is empty is left out.

    Attributes:
        request_id: of the request that began it all.
        event_id: of the event that is being worked off, ``<database>:<row id>``.
        task_id: of the task that runs.
        organisation: name of the organisation spoken of.
        environment: name of the environment spoken of.
        actor: login of whoever asked for it.
    """

    request_id: str = ""
    event_id: str = ""
    task_id: str = ""
    organisation: str = ""
    environment: str = ""
    actor: str = ""

    def present(self) -> dict[str, str]:
        """Return the fields that are not empty."""
        return {name: value for name in _NAMES if (value := getattr(self, name))}


NOTHING = LogContext()
_NAMES = tuple(each.name for each in fields(LogContext))
_MOST_CHARACTERS = 191
_present: ContextVar[LogContext] = ContextVar("vamp_log_context", default=NOTHING)


def current() -> LogContext:
    """Return the present context; an empty one outside requests, events and tasks."""
    return _present.get()


def begin(context: LogContext) -> Token[LogContext]:
    """Make `context` the present one until `end`; for callbacks that come in pairs."""
    return _present.set(context)


def end(token: Token[LogContext]) -> None:
    """Return to what was before `begin`. To be called in the thread that began it."""
    _present.reset(token)


@contextmanager
def bound(**changed: str) -> Iterator[LogContext]:
    """Work within the block on behalf of the present context with `changed` fields."""
    token = begin(replace(current(), **changed))
    try:
        yield current()
    finally:
        end(token)


def add(**changed: str) -> None:
    """Say more of the request, event or task under way; outside of one nothing is kept."""
    if current() != NOTHING:
        _present.set(replace(current(), **changed))


def origin_of_event() -> dict[str, str]:
    """Return what an event emitted now tells of its cause; empty where there is none."""
    present = current().present()
    return {name: present[name] for name in _TRAVELS_WITH_EVENTS if name in present}


def of_event(event_id: str, subject: str, payload: Mapping[str, Any]) -> LogContext:
    """Return the context in which a message of the stream is worked off.

    Args:
        event_id: the message's id.
        subject: ``vamp.<organisation>.<environment or _>.…``.
        payload: the message's; what is not in our form there is left out.
    """
    words = [*subject.split(".", 3), "", "", ""]
    named = [word if word != "_" else "" for word in words[1:3]]
    origin = payload.get(ORIGIN)
    caused = read(origin) if isinstance(origin, Mapping) else NOTHING
    return LogContext(
        request_id=caused.request_id,
        event_id=event_id,
        organisation=named[0],
        environment=named[1],
        actor=caused.actor,
    )


def read(given: Mapping[str, Any]) -> LogContext:
    """Return the context that came with a message; unknown and overlong fields are left out."""
    return LogContext(
        **{
            name: value
            for name, value in given.items()
            if name in _NAMES and isinstance(value, str) and len(value) <= _MOST_CHARACTERS
        }
    )


class ContextFilter(logging.Filter):
    """Adds the present context to every record; what the record says by itself stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        for name, value in current().present().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
