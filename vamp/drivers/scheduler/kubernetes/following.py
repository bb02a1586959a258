"""The open watches of one namespace: opened, read, opened again where they left off."""

from __future__ import annotations

import queue
import time
import weakref
from collections.abc import Mapping
from typing import Final

from vamp.drivers.scheduler.kubernetes.api import Expired, KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import FOLLOWED, Resource
from vamp.drivers.scheduler.kubernetes.stream import (
    BOOKMARK,
    DELETED,
    Change,
    End,
    Queue,
    WatchStream,
)
from vamp.drivers.scheduler.kubernetes.view import View

BURST_S: Final = 0.010
"""Changes that come so soon after the first share one snapshot."""

_HELD_MOST: Final = 10_000
_SHORT_S: Final = 1.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0


class Following:
    """Keeps a `View` at what the watches tell. One thread's object; the readers have their own.

    Args:
        api: the API server.
        namespace: whose objects.
        view: holds the listings of `versions`, and is changed.
        versions: kind → resourceVersion that its watch begins after.
    """

    def __init__(
        self, api: KubernetesApi, namespace: str, view: View, versions: Mapping[Resource, str]
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._view = view
        self._versions = dict(versions)
        self._queue: Queue = queue.Queue(_HELD_MOST)
        self._streams: dict[Resource, WatchStream] = {}
        self._pauses: dict[Resource, float] = {}
        self._not_before: dict[Resource, float] = {}
        # Also where nobody says close, the readers end with what they read for.
        self.close = weakref.finalize(self, _close, self._streams)

    def take(self, timeout_s: float) -> None:
        """Wait until something changes, and take that with all that comes right after it.

        Raises:
            PortError: a watch broke off or cannot be opened. Calling again goes on where it was.
        """
        until, number, is_burst = time.monotonic() + timeout_s, self._view.number, False
        while (left_s := until - time.monotonic()) > 0:
            opens_in_s = self._open()
            try:
                self._handle(self._queue.get(timeout=min(left_s, opens_in_s)))
            except queue.Empty:
                continue
            if not is_burst and self._view.number != number:
                is_burst, until = True, min(until, time.monotonic() + BURST_S)

    def _open(self) -> float:
        """Open the watches that are not; return in how many seconds the next may be."""
        now = time.monotonic()
        waits_s = _LONGEST_PAUSE_S
        for resource in FOLLOWED:
            if resource in self._streams:
                continue
            wait_s = self._not_before.get(resource, 0.0) - now
            if wait_s > 0:
                waits_s = min(waits_s, wait_s)
                continue
            stream = WatchStream(self._api, resource, self._namespace, self._queue)
            self._streams[resource] = stream
            stream.open(self._versions[resource])
        return waits_s

    def _handle(self, item: Change | End) -> None:
        if isinstance(item, End):
            self._handle_end(item)
            return
        self._versions[item.resource] = item.version
        if item.type == DELETED:
            self._view.drop(item.resource, item.object)
        elif item.type != BOOKMARK:
            self._view.put(item.resource, item.object)

    def _handle_end(self, end: End) -> None:
        resource = end.resource
        if self._streams.get(resource) is not end.stream:
            return
        del self._streams[resource]
        self._pause(resource, time.monotonic() - end.stream.opened_at)
        if isinstance(end.error, Expired):
            listing = self._api.list(resource, self._namespace)
            self._view.replace(resource, listing.items)
            self._versions[resource] = listing.version
        elif end.error is not None:
            raise end.error

    def _pause(self, resource: Resource, lasted_s: float) -> None:
        """Open a watch that lasted at once, and one that ends again and again ever more slowly."""
        if lasted_s >= _SHORT_S:
            self._pauses.pop(resource, None)
            self._not_before.pop(resource, None)
            return
        pause_s = min(_LONGEST_PAUSE_S, self._pauses.get(resource, _FIRST_PAUSE_S / 2) * 2)
        self._pauses[resource] = pause_s
        self._not_before[resource] = time.monotonic() + pause_s


def _close(streams: dict[Resource, WatchStream]) -> None:
    for stream in streams.values():
        stream.close()
