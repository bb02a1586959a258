"""Somebody who reads and writes through the API all the while, and notes every answer."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import requests

from gateways.management.booting import Booted
from vamp.demo.documents import GATEWAY

PAUSE_S = 0.5
TIMEOUT_S = 15.0


@dataclass(slots=True)
class Answers:
    """What the API answered.

    Attributes:
        reads, writes: status → how often; 0 stands for no answer.
        accepted: titles that were written with an answer of 200.
        unknown: titles whose write got no answer: they may or may not be there.
    """

    reads: Counter[int] = field(default_factory=Counter)
    writes: Counter[int] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Answers that are neither a success nor a clear 503."""
        return sum(
            count
            for seen in (self.reads, self.writes)
            for status, count in seen.items()
            if status not in (0, 200, 503)
        )

    @property
    def silent(self) -> int:
        """Requests that got no answer at all."""
        return self.reads[0] + self.writes[0]


class Person:
    """Reads and writes in a thread of its own, from `start` to `stop`."""

    def __init__(self, vamp: Booted, name: str) -> None:
        self.answers = Answers()
        self._vamp = vamp
        self._name = name
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> Answers:
        """End, and return what was answered."""
        self._ends.set()
        self._thread.join()
        return self.answers

    def _run(self) -> None:
        number = 0
        while not self._ends.is_set():
            number += 1
            self.answers.reads[self._ask("GET", "gateways")] += 1
            title = f"{self._name} {number}"
            status = self._ask("PATCH", f"gateways/{GATEWAY}", json={"title": title})
            self.answers.writes[status] += 1
            if status == 200:
                self.answers.accepted.append(title)
            elif status == 0:
                self.answers.unknown.append(title)
            self._ends.wait(PAUSE_S)

    def _ask(self, method: str, path: str, **more: object) -> int:
        begun = time.monotonic()
        try:
            return self._vamp.call(method, path, timeout_s=TIMEOUT_S, **more).status_code
        except requests.RequestException:
            # A refused connection answers at once: do not ask in a busy loop.
            self._ends.wait(max(0.0, 0.2 - (time.monotonic() - begun)))
            return 0
