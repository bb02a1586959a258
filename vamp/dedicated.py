"""Databases that this process learns of while it runs: those that tenants have of their own.

Django reads its databases once, at the start. Ours are also rows, which the tenants above this
module keep; ``settings.DEDICATED_DATABASES`` names whoever returns them. What is learnt is added to
Django's own table, which is replaced as a whole, for other threads may be walking through it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string

from vamp.database_url import described
from vamp.errors import Invalid

log = logging.getLogger("vamp.databases")

FRESH_S = 2.0
"""What others changed is known after so long, to processes that meet the environment."""


@dataclass(frozen=True, slots=True)
class Known:
    """A database that a tenant has of its own.

    Attributes:
        alias: its name for Django.
        url: connection URL without a password.
        password: empty where it needs none, or where it cannot be read at the moment.
        is_ready: its tables are there; until then nothing but its preparation looks at it.
    """

    alias: str
    url: str
    password: str = field(default="", repr=False)
    is_ready: bool = True

    def description(self) -> dict[str, Any]:
        """Return it as Django wants it, without the defaults that Django adds.

        Raises:
            Invalid: the URL is none of a database.
        """
        found = described(self.url)
        return {**found, "PASSWORD": self.password} if self.password else found


class Learnt:
    """What one process has learnt. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: Mapping[str, Known] = {}
        self._looked_at = -FRESH_S

    def aliases(self) -> Sequence[str]:
        """Return those that were learnt and are ready."""
        return [alias for alias, known in self._known.items() if known.is_ready]

    def is_learnt(self, alias: str) -> bool:
        """Tell whether it is a tenant's, and none of the settings."""
        return alias in self._known

    def is_unready(self, alias: str) -> bool:
        """Tell whether only its preparation may look at it."""
        known = self._known.get(alias)
        return known is not None and not known.is_ready

    def meet(self, alias: str) -> None:
        """Make sure that `alias`, which a row names, is known, and not as it was long ago.

        Cost: nothing for a database of the settings; a query every `FRESH_S` for another.
        """
        if alias in connections.settings and alias not in self._known:
            return
        is_new = alias not in self._known
        if is_new or time.monotonic() - self._looked_at >= FRESH_S:
            self.look()

    def look(self) -> None:
        """Read anew which there are. While the rows cannot be read, what is known stays."""
        with self._lock:
            self._looked_at = time.monotonic()
            try:
                found: Sequence[Known] = import_string(settings.DEDICATED_DATABASES)()
            except DatabaseError as error:  # away, or before the first migration
                log.debug("databases.not_looked", extra={"error": type(error).__name__})
                return
            kept = {known.alias for known in found}
            for known in found:
                self.learn(known)
            for alias in self._known.keys() - kept:
                self.forget(alias)

    def learn(self, known: Known) -> None:
        """Add a database, or change how it is reached; connections made anew follow."""
        with self._lock:
            if self._known.get(known.alias) == known:
                return
            if known.alias in connections.settings and known.alias not in self._known:
                log.error("database.hidden", extra={"database": known.alias})
                return  # one of the settings has that name: it is older
            try:
                description = _complete(known)
            except Invalid:
                log.error("database.unusable", extra={"database": known.alias})  # noqa: TRY400
                return
            held = connections.settings.get(known.alias)
            if held is not None:
                held.update(description)  # wrappers of all threads hold this very dict
            else:
                _replace({**connections.settings, known.alias: description})
            self._known = {**self._known, known.alias: known}
        log.info("database.learnt", extra={"database": known.alias, "ready": known.is_ready})

    def forget(self, alias: str) -> None:
        """Take a database out again. Connections that threads hold end with their threads."""
        with self._lock:
            if alias not in self._known:
                return
            # Not where this thread never asked for it: its driver may not even be installed.
            for connection in connections.all(initialized_only=True):
                if connection.alias == alias:
                    connection.close()
                    del connections[alias]
            _replace({key: it for key, it in connections.settings.items() if key != alias})
            self._known = {key: it for key, it in self._known.items() if key != alias}


def _complete(known: Known) -> dict[str, Any]:
    table = {"default": {}, known.alias: known.description()}
    found: dict[str, Any] = connections.configure_settings(table)[known.alias]
    return found


def _replace(table: dict[str, dict[str, Any]]) -> None:
    connections.settings = table


learnt = Learnt()
"""Of this process."""
