"""Asking what a process needs whether it answers: bounded, cached, and never hanging.

Each dependency is asked in a thread of its own. One that does not come back in time counts as
silent, and is not asked again before that thread has ended: a server that swallows questions must
not collect threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from django.conf import settings
from django.db import connections

from vamp import migrating, streams, wiring
from vamp.databases import DEFAULT, aliases
from vamp.errors import Conflict, VampError
from vamp.ports.errors import PortError
from vamp.ports.kv import KeyValueStore

CACHE_S = 1.0
LIMIT_S = 2.0
_KV_PROBE = "vamp/readiness/probe"
"""A key that nobody writes: the question is whether the store answers."""

NEEDS: Mapping[str, Sequence[str]] = {
    # Reads and writes of the API go on without the other stores, so web needs none of them.
    "web": ("databases",),
    "worker": ("databases", "broker", "key-value store"),
    "beat": ("databases", "broker"),
    "consume": ("databases", "broker", "event stream"),
    "sync": ("databases",),
}
"""What each process cannot do its work without."""


@dataclass(frozen=True, slots=True)
class _Question:
    """Asked at `at_s` (monotonic seconds)."""

    at_s: float
    answered: threading.Event = field(default_factory=threading.Event)


class Dependency:
    """One thing that must answer.

    Args:
        name: shown to people; holds no secret.
        ask: raises, or returns what it likes.
        cache_s: an answer is good for so long.
        limit_s: how long to wait for one.
        is_vital: without it the process cannot work; else only some environments are affected.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], object],
        *,
        cache_s: float = CACHE_S,
        limit_s: float = LIMIT_S,
        is_vital: bool = True,
    ) -> None:
        self.name = name
        self.is_vital = is_vital
        self._ask = ask
        self._cache_s = cache_s
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._question: _Question | None = None
        self._fault = ""

    def begin(self) -> _Question:
        """Ask, unless there is a fresh answer or a question on its way; return the question."""
        with self._lock:
            now = time.monotonic()
            last = self._question
            if last is not None and (not last.answered.is_set() or now - last.at_s < self._cache_s):
                return last
            self._question = _Question(now)
            threading.Thread(
                target=self._run, args=(self._question,), name=f"ask-{self.name}", daemon=True
            ).start()
            return self._question

    def fault(self) -> str:
        """Return what is wrong, empty if it answers. Waits until the limit of its question."""
        question = self.begin()
        left_s = question.at_s + self._limit_s - time.monotonic()
        if not question.answered.wait(max(0.0, left_s)):
            return f"no answer for {time.monotonic() - question.at_s:.0f} s"
        return self._fault

    def _run(self, question: _Question) -> None:
        try:
            self._ask()
        except PortError as error:
            self._fault = str(error)
        except VampError as error:
            self._fault = error.message
        except Exception as error:
            # Messages of client libraries may hold an address with its password.
            self._fault = type(error).__name__
        else:
            self._fault = ""
        finally:
            connections.close_all()
            question.answered.set()


def faults(dependencies: Sequence[Dependency]) -> Mapping[str, str]:
    """Return every dependency by name with what is wrong with it, empty where it answers.

    All are asked at once, so it takes as long as the slowest, and at most its limit.
    """
    for each in dependencies:
        each.begin()
    return {each.name: each.fault() for each in dependencies}


def dependencies_of(process: str) -> Sequence[Dependency]:
    """Return what `process`, one of `NEEDS`, needs; open it once and keep it.

    Databases of environments of their own come on top: see `with_dedicated`.
    """
    found: list[Dependency] = []
    for need in NEEDS[process]:
        if need == "databases":
            found.append(Dependency(f"database {DEFAULT}", partial(_select, DEFAULT)))
        else:
            found.append(Dependency(need, _QUESTIONS[need]))
    return found


def with_dedicated(needed: Sequence[Dependency]) -> Sequence[Dependency]:
    """Return `needed` with every dedicated database that this process knows by now.

    They are named where they do not answer or their tables are behind, and make no process unready:
    only their own environments are affected.
    """
    names = {each.name for each in needed}
    found = [_dedicated(alias) for alias in aliases() if alias != DEFAULT]
    return [*needed, *(each for each in found if f"database {DEFAULT}" in names)]


def is_ready(needed: Sequence[Dependency], found: Mapping[str, str]) -> bool:
    """Tell whether everything vital answers, by what `faults` found."""
    return not any(found[each.name] for each in needed if each.is_vital)


@cache
def _dedicated(alias: str) -> Dependency:
    return Dependency(f"database {alias}", partial(_ask_dedicated, alias), is_vital=False)


def _ask_dedicated(alias: str) -> None:
    _select(alias)
    if missing := migrating.behind(alias):
        raise Conflict(f"{len(missing)} migrations behind; run manage.py migrate_all")


def _select(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    from vamp.celery import app

    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=round(LIMIT_S))


def _ask_kv() -> None:
    _kv(settings.KV_URL).get(_KV_PROBE)


def _ask_events() -> None:
    # Of a subject that nothing has: a server that is asked for what it holds would read it all.
    stream = streams.opened(streams.installation_stream(), DEFAULT)
    stream.replay(after=0, subject="vamp._.>", limit=1)


_QUESTIONS: Mapping[str, Callable[[], object]] = {
    "broker": _ask_broker,
    "key-value store": _ask_kv,
    "event stream": _ask_events,
}


@cache
def _kv(url: str) -> KeyValueStore:
    return wiring.kv_from_url(url, key=settings.KV_KEY)
