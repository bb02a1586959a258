"""A watch: the stream of changes of one kind, read in a thread of its own into a queue."""

from __future__ import annotations

import contextlib
import json
import queue
import random
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from vamp.drivers.observed import observed
from vamp.drivers.scheduler.kubernetes.api import KubernetesApi, error_of
from vamp.drivers.scheduler.kubernetes.resources import Resource
from vamp.ports.errors import PortError, PortUnavailable

BOOKMARK: Final = "BOOKMARK"
DELETED: Final = "DELETED"
_ERROR: Final = "ERROR"

_READ_BYTES: Final = 64 * 1024
_LENGTH_S: Final = (240, 300)
"""The server ends a watch after a time drawn from here, so that not all are opened anew at once."""

_ABANDONED_AFTER_S: Final = 300.0
"""A reader whose queue stays full for so long has nobody who takes from it, and ends."""


@dataclass(frozen=True, slots=True)
class Change:
    """One object that changed, or a bookmark: only how far the stream has come.

    Attributes:
        resource: its kind.
        type: ``ADDED``, ``MODIFIED``, ``DELETED`` or ``BOOKMARK``.
        object: as the API server gives it; of a bookmark only its metadata.
    """

    resource: Resource
    type: str
    object: Mapping[str, Any]

    @property
    def version(self) -> str:
        """Return the resourceVersion from which to watch on."""
        return str(self.object["metadata"]["resourceVersion"])


@dataclass(frozen=True, slots=True)
class End:
    """A stream that is over.

    Attributes:
        resource: its kind.
        error: why; None where the server ended it in its own time.
        stream: which one it was.
    """

    resource: Resource
    error: PortError | None
    stream: WatchStream


Queue = queue.Queue[Change | End]


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut what arrives in pieces into its lines; a line that is cut off by the end is dropped."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line)


def changes_of(resource: Resource, lines: Iterable[bytes], namespace: str = "") -> Iterator[Change]:
    """Read a watch's lines.

    Raises:
        Expired: an ``ERROR`` event said that the resourceVersion is too old.
        PortError: an ``ERROR`` event said something else.
        PortUnavailable: a line is no event.
    """
    for line in lines:
        try:
            event = json.loads(line)
            kind, item = str(event["type"]), event["object"]
            if kind != _ERROR:
                change = Change(resource, kind, item)
                _ = change.version
                yield change
                continue
        except (ValueError, TypeError, KeyError):
            raise PortUnavailable("Kubernetes sent a line that is no watch event") from None
        status = int(item.get("code") or 500)
        raise error_of(status, json.dumps(item).encode(), f"watch {resource}", namespace)


@dataclass(slots=True, eq=False)
class WatchStream:
    """One open watch. Its thread ends with the stream, with `close`, or when nobody listens.

    Attributes:
        opened_at: monotonic seconds.
    """

    api: KubernetesApi
    resource: Resource
    namespace: str
    out: Queue
    query: Mapping[str, str] = field(default_factory=dict)
    opened_at: float = field(default_factory=time.monotonic)
    _is_closed: bool = False
    _answer: BaseHTTPResponse | None = None

    def open(self, version: str) -> None:
        """Begin to read what changes after `version`."""
        threading.Thread(
            target=self._run, args=(version,), name=f"watch-{self.resource}", daemon=True
        ).start()

    def close(self) -> None:
        """End it; nothing more is put into the queue but what lies there already."""
        self._is_closed = True
        answer = self._answer
        if answer is not None:
            with contextlib.suppress(ValueError, OSError):
                answer.shutdown()

    def _run(self, version: str) -> None:
        error: PortError | None = None
        try:
            self._read(version)
        except PortError as caught:
            error = caught
        except (HTTPError, OSError, ValueError) as caught:
            error = self.api.unreachable(caught)
        finally:
            if self._answer is not None:
                self._answer.close()
        self._put(End(self.resource, error, self))

    def _read(self, version: str) -> None:
        length_s = random.randint(*_LENGTH_S)  # noqa: S311 spreads load, keeps no secret
        asked = {**self.query, "timeoutSeconds": str(length_s)}
        with observed("kubernetes", "watch"):  # opening it; the rest of the time it waits
            answer = self.api.watch(self.resource, self.namespace, version, asked)
        self._answer = answer
        if self._is_closed:
            return
        lines = lines_of(answer.stream(_READ_BYTES))
        for change in changes_of(self.resource, lines, self.namespace):
            if not self._put(change):
                return

    def _put(self, item: Change | End) -> bool:
        until = time.monotonic() + _ABANDONED_AFTER_S
        while not self._is_closed and time.monotonic() < until:
            try:
                self.out.put(item, timeout=1.0)
            except queue.Full:
                continue
            return True
        return False
