"""One condition and one reading give one evaluation, with a sentence that says why.

Missing evidence never passes: not an incomplete window, not one with lost log lines, not one
with too few samples, not one that could not be asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from policies.domain.metric import METRICS
from policies.domain.policy import Condition, Fixed, Operator, Source
from policies.domain.reading import Reading, WindowRequest
from policies.domain.wording import clock, coarse, listing, number
from vamp.documents.units import format_duration

_IN_WORDS = {
    Operator.AT_LEAST: "at least",
    Operator.AT_MOST: "at most",
    Operator.ABOVE: "above",
    Operator.BELOW: "below",
    Operator.EXACTLY: "exactly",
}


class Verdict(StrEnum):
    """What an evaluation says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


class Evidence(StrEnum):
    """What becomes of the window that was asked for.

    ENOUGH: judged; the next window follows it. THIN: not enough yet; the next one begins where
    this began. LOST: never usable; the next one begins where this ended. AWAITED: the same
    window is asked for again.
    """

    ENOUGH = "enough"
    THIN = "thin"
    LOST = "lost"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One verdict on one window.

    Attributes:
        request: step, condition and window that it is about.
        metric: name of the metric.
        verdict: what it says.
        evidence: what becomes of the window.
        is_critical: False for a condition that is only watched.
        sentence: why, in plain words.
        value: the target's, in the metric's unit; None where there was none.
        limit: what it was compared with; None where it was not.
        samples: the target's requests in the window.
    """

    request: WindowRequest
    metric: str
    verdict: Verdict
    evidence: Evidence
    is_critical: bool
    sentence: str
    value: float | None = None
    limit: float | None = None
    samples: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether this window will not be asked for again; what is not settled need not be kept."""
        return self.evidence is not Evidence.AWAITED


def judge(condition: Condition, reading: Reading) -> Evaluation:
    """Return the verdict on `reading`, which must be an answer for `condition`."""
    for look in (_unasked, _lost, _unfinished, _thin, _without_value):
        found = look(condition, reading)
        if found is not None:
            verdict, evidence, sentence = found
            return _evaluation(condition, reading, verdict, evidence, sentence)
    return _compared(condition, reading)


_Finding = tuple[Verdict, Evidence, str]


def _unasked(_condition: Condition, reading: Reading) -> _Finding | None:
    if not reading.error:
        return None
    return Verdict.ERROR, Evidence.AWAITED, f"could not be measured: {reading.error}"


def _lost(_condition: Condition, reading: Reading) -> _Finding | None:
    if not reading.has_dropped:
        return None
    window = f"{clock(reading.request.start)} and {clock(reading.request.end)}"
    sentence = f"log lines were lost between {window}, so this window is no evidence"
    return Verdict.INCONCLUSIVE, Evidence.LOST, sentence


def _unfinished(_condition: Condition, reading: Reading) -> _Finding | None:
    if reading.is_complete and not reading.behind:
        return None
    until = clock(reading.request.end)
    if not reading.behind:
        sentence = f"no agent has told its counts up to {until} yet"
    else:
        agents, verb = ("agents", "are") if len(reading.behind) > 1 else ("agent", "is")
        sentence = f"{agents} {listing(reading.behind)} {verb} behind {until}"
    return Verdict.INCONCLUSIVE, Evidence.AWAITED, sentence


def _thin(condition: Condition, reading: Reading) -> _Finding | None:
    sides = [("", reading.samples)]
    if condition.compares_source:
        sides.append((" of the source", reading.source_samples))
    missing = [side for side in sides if side[1] < condition.minimum_samples]
    if not missing:
        return None
    words = [f"{count} of {condition.minimum_samples} samples{side}" for side, count in missing]
    fewest = min(count for _, count in missing)
    sentence = f"{listing(words)}, {_time_to_go(condition, fewest, reading.request.length)}"
    return Verdict.INCONCLUSIVE, Evidence.THIN, sentence


def _time_to_go(condition: Condition, samples: int, length: timedelta) -> str:
    if not samples:
        return "no requests so far"
    to_go = length * ((condition.minimum_samples - samples) / samples)
    return f"about {coarse(to_go)} to go"


def _without_value(condition: Condition, reading: Reading) -> _Finding | None:
    sides = [("target", reading.value)]
    if condition.compares_source:
        sides.append(("source", reading.source_value))
    for side, value in sides:
        if value is None:
            sentence = f"the {side}'s traffic has no {condition.metric}"
            return Verdict.INCONCLUSIVE, Evidence.THIN, sentence
        if not math.isfinite(value):
            sentence = f"{condition.metric} of the {side} is not a number"
            return Verdict.ERROR, Evidence.LOST, sentence
    return None


def _compared(condition: Condition, reading: Reading) -> Evaluation:
    value, limit = reading.value, _limit(condition, reading)
    if value is None:
        raise ValueError("a reading without a value is not compared")
    holds = condition.operator.holds(value, limit)
    length = reading.request.length
    sentence = f"{_comparison(condition, value, limit, holds=holds)} over {format_duration(length)}"
    sentence += f" ({number(reading.samples)} samples)"
    if not holds:
        verdict, evidence = Verdict.FAIL, Evidence.ENOUGH
    elif length < condition.window:
        verdict, evidence = Verdict.INCONCLUSIVE, Evidence.THIN
        sentence += f", good so far, but the window is {format_duration(condition.window)}"
    else:
        verdict, evidence = Verdict.PASS, Evidence.ENOUGH
    return _evaluation(condition, reading, verdict, evidence, sentence, limit)


def _limit(condition: Condition, reading: Reading) -> float:
    if isinstance(condition.baseline, Fixed):
        return condition.baseline.value
    if reading.source_value is None:
        raise ValueError("a reading without the source's value is not compared")
    return condition.baseline.limit(reading.source_value, condition.operator)


def _comparison(condition: Condition, value: float, limit: float, *, holds: bool) -> str:
    metric, baseline = METRICS[condition.metric], condition.baseline
    if isinstance(baseline, Source):
        origin = " from the source"
    else:
        origin = f" ({baseline.name})" if baseline.name else ""
    wanted = f"{_IN_WORDS[condition.operator]} {metric.show(limit)}{origin}"
    return f"{metric.name} is {metric.show(value)}, {'as' if holds else 'not'} wanted: {wanted}"


def _evaluation(
    condition: Condition,
    reading: Reading,
    verdict: Verdict,
    evidence: Evidence,
    sentence: str,
    limit: float | None = None,
) -> Evaluation:
    if not sentence.startswith(f"{condition.name} is "):
        sentence = f"{condition.name}: {sentence}"
    return Evaluation(
        request=reading.request,
        metric=condition.metric,
        verdict=verdict,
        evidence=evidence,
        is_critical=condition.is_critical,
        sentence=sentence,
        value=reading.value,
        limit=limit,
        samples=reading.samples,
    )
