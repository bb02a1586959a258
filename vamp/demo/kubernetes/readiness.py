"""When to probe, and what many answers say together."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from vamp.demo.kubernetes.plan import Probe
from vamp.demo.kubernetes.status import Running
from vamp.drivers.clock.system import SystemClock

_EAGER_S: Final = 0.1
"""Before it has been ready once, a process is asked this often, so that a demonstration is quick."""


class Readiness:
    """Readiness of one run of a process.

    Args:
        probe: None for a process that is ready as it runs.
        now: what is the case at its start.

    Attributes:
        now: what is the case, with readiness as of the last `take`.
    """

    def __init__(self, probe: Probe | None, now: Running) -> None:
        self.now = now
        self._probe = probe
        self._good = self._bad = 0
        self._has_been_ready = False
        delay_s = probe.initial_delay_s if probe else 0.0
        self._due: float | None = time.monotonic() + delay_s

    def wait_s(self) -> float | None:
        """Return in how many seconds to ask; None for never."""
        return None if self._due is None else max(0.0, self._due - time.monotonic())

    def is_due(self) -> bool:
        """Tell whether to ask now."""
        return self._due is not None and self._due <= time.monotonic()

    def take(self, why_not: str) -> bool:
        """Take an answer, empty for a good one; tell whether readiness changed."""
        probe = self._probe
        if probe is None:
            self._due = None
            return self._set(True, "")
        self._good, self._bad = (0, self._bad + 1) if why_not else (self._good + 1, 0)
        changed = False
        if self._good >= probe.successes:
            self._has_been_ready = True
            changed = self._set(True, "")
        elif why_not and (self._bad >= probe.failures or not self.now.is_ready):
            changed = self._set(False, why_not)
        period_s = probe.period_s if self._has_been_ready else min(_EAGER_S, probe.period_s)
        self._due = time.monotonic() + period_s
        return changed

    def _set(self, is_ready: bool, unready: str) -> bool:
        if (self.now.is_ready, self.now.unready) == (is_ready, unready):
            return False
        has_turned = self.now.is_ready != is_ready
        since = SystemClock().now() if has_turned else self.now.since
        self.now = replace(self.now, is_ready=is_ready, unready=unready, since=since)
        return True
