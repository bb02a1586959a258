"""Hears hints that something was published, and wakes the control loop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from gateways.agent.backoff import Backoff
from gateways.haproxy.hint import hinted
from gateways.haproxy.manifest import ManifestEntry
from vamp.ports.errors import PortError
from vamp.ports.hints import HintChannel

_LOOK_S = 1.0

log = logging.getLogger("vga.hearing")


class Hearing:
    """One thread that listens, and listens again when the server was away.

    Args:
        channel: carries the hints.
        subject: of this environment's.
        on_hint: told of each: gateway → its new part, or nothing where the manifest is to be read.
            Told nothing as well whenever listening begins, for hints may have been missed.
    """

    def __init__(
        self,
        channel: HintChannel,
        subject: str,
        on_hint: Callable[[Mapping[str, ManifestEntry]], None],
    ) -> None:
        self._channel = channel
        self._subject = subject
        self._on_hint = on_hint
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-hearing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, within a second or so; nobody is waited for."""
        self._stopping.set()

    def _run(self) -> None:
        backoff = Backoff(0.2, 10.0)
        while not self._stopping.is_set():
            try:
                self._listen(backoff)
            except PortError as error:
                log.warning("hearing.failed", extra={"reason": str(error)})
            except Exception:
                log.exception("hearing.failed")
            self._stopping.wait(backoff.failed())

    def _listen(self, backoff: Backoff) -> None:
        is_first = True
        for content in self._channel.listen(self._subject, timeout_s=_LOOK_S):
            if self._stopping.is_set():
                return
            if content is not None:
                self._on_hint(hinted(content))
            elif is_first:
                backoff.succeeded()
                self._on_hint({})
            is_first = False
