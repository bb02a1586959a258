"""Ringing this machine's doorbell for what the relay of another machine put on a stream.

A doorbell rings on one machine. Where the stream is a server, each process that holds open streams
of events listens there too. Hints are lost now and then; whoever waits looks again all the same.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable

from django.db import DatabaseError, connections

from vamp import streams
from vamp.bells import positioned
from vamp.ports.errors import PortError
from vamp.ports.hints import HintChannel
from vamp.streams import Stream

EVERYTHING = "vamp.>"
LOOK_S = 30.0
"""Streams that tenants have of their own since are found after this."""

PAUSE_S = 2.0
"""A server that does not answer is asked again after this."""

APART_S = 0.02
"""Rings are at least so far apart: one wakes for all that came before it."""

log = logging.getLogger("vamp.events")

_lock = threading.Lock()
_listening_in = 0


def listen_far() -> None:
    """See that this process listens from now on. Cheap: it begins once.

    Not where the installation's stream is embedded, which is to say on one machine.
    """
    global _listening_in
    if streams.installation_stream().is_embedded:
        return
    with _lock:
        if _listening_in == os.getpid():
            return
        _listening_in = os.getpid()
    threading.Thread(target=_run, args=(FarBell(positioned().ring),), daemon=True).start()


class FarBell:
    """A thread for each server that carries events, and one that rings.

    Args:
        ring: what to do when something came.
        channel_of: opens the hints of a stream.
    """

    def __init__(
        self,
        ring: Callable[[], None],
        channel_of: Callable[[Stream], HintChannel | None] = streams.hints_of,
    ) -> None:
        self._ring = ring
        self._channel_of = channel_of
        self._heard: set[Stream] = set()
        self._came = threading.Event()
        self.stop = threading.Event()
        threading.Thread(target=self._keep_ringing, name="far bell", daemon=True).start()

    def hear(self, found: Iterable[Stream]) -> None:
        """Begin to listen at each of the streams that is new."""
        for stream in found:
            if stream not in self._heard and (channel := self._channel_of(stream)) is not None:
                self._heard.add(stream)
                threading.Thread(
                    target=self._listen, args=(channel,), name=f"far {stream}", daemon=True
                ).start()

    def _listen(self, channel: HintChannel) -> None:
        is_silent = False
        while not self.stop.is_set():
            try:
                for content in channel.listen(EVERYTHING, timeout_s=1.0):
                    if self.stop.is_set():
                        return
                    if is_silent:
                        log.info("far.answers")
                        is_silent = False
                    if content is not None:
                        self._came.set()
            except PortError as error:
                if not is_silent:  # an outage is told once, not at every try
                    log.info("far.silent", extra={"error": str(error)})
                is_silent = True
            self.stop.wait(PAUSE_S)

    def _keep_ringing(self) -> None:
        while not self.stop.is_set():
            if self._came.wait(1.0):
                self._came.clear()
                self._ring()
                self.stop.wait(APART_S)


def _run(bell: FarBell) -> None:
    while not bell.stop.is_set():
        try:
            own = [scope.stream for scope in streams.scopes() if scope.stream is not None]
            bell.hear([streams.installation_stream(), *own])
        except DatabaseError as error:
            log.info("streams.not_looked", extra={"error": str(error)})
        finally:
            connections.close_all()
        bell.stop.wait(LOOK_S)
