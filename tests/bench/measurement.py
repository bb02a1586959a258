"""What a bench returns, and the line that it is printed as."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Target:
    """The number that we hold ourselves to.

    Attributes:
        value: in the measurement's unit, or without one where it is about the ratio.
        of: which number must reach it.
        at_least: more is better; otherwise less is.
    """

    value: float
    of: Literal["median", "ratio"] = "median"
    at_least: bool = False

    def is_met(self, *, median: float, ratio: float) -> bool:
        """Tell whether a measurement with this median and ratio reaches the target."""
        found = median if self.of == "median" else ratio
        return found >= self.value if self.at_least else found <= self.value

    def __str__(self) -> str:
        """Return ``median at most``, ``ratio at least`` and so on."""
        return f"{self.of} {'at least' if self.at_least else 'at most'}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The samples of one bench.

    Attributes:
        samples: one number a round, at least one.
        unit: of the samples and the floors.
        floors: the same for what the machine does in the same run without us, at least one.
        target: None where we set none; then `is_right` alone decides.
        is_right: what was measured also did what it should.
        more: further fields of the line, JSON values.
    """

    samples: Sequence[float]
    unit: str
    floors: Sequence[float]
    target: Target | None = None
    is_right: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the line's fields but for the name. Of rates the percentiles are the slow end."""
        middle, floor = median(self.samples), median(self.floors)
        ratio = middle / floor
        is_rate = self.unit.endswith("/s")  # whose slow end is the low one
        target = self.target
        return {
            "n": len(self.samples),
            "unit": self.unit,
            "median": rounded(middle),
            "p95": rounded(percentile(self.samples, 0.05 if is_rate else 0.95)),
            "p99": rounded(percentile(self.samples, 0.01 if is_rate else 0.99)),
            "floor": rounded(floor),
            "ratio": rounded(ratio),
            "target": target.value if target else None,
            "target_is": str(target) if target else "",
            "ok": self.is_right and (target is None or target.is_met(median=middle, ratio=ratio)),
            **self.more,
        }


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least `share` (0 to 1) of all samples do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def rounded(value: float) -> float:
    """Return `value` with four significant digits."""
    return float(f"{value:.4g}")


def line_of(name: str, fields: Mapping[str, Any]) -> str:
    """Return the measurement `name` as one line of JSON."""
    return json.dumps({"name": name, **fields}, ensure_ascii=False)
