"""How long to wait before the next try."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Doubles with every failure up to a limit, with jitter so that agents do not move in step.

    Attributes:
        first_s: about how long after the first failure.
        most_s: at most.
    """

    first_s: float
    most_s: float
    _failures: int = 0

    def failed(self) -> float:
        """Note a failure; return the seconds to wait: half to all of the present step."""
        step: float = min(self.most_s, self.first_s * 2 ** min(self._failures, 30))
        self._failures += 1
        return step * random.uniform(0.5, 1.0)  # noqa: S311  (spread, not secrecy)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0
