"""Each condition of a step: its value against its baseline over time, and its verdict in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from policies.domain.metric import METRICS, Metric
from policies.domain.policy import Condition, Fixed, Operator, Step
from policies.domain.progress import Progress
from policies.domain.state import State
from policies.domain.verdict import Verdict
from policies.domain.wording import coarse, number
from policies.models import Evaluation, Release
from tenants.models import Environment
from vamp.documents.units import format_duration
from vamp.pages.charts import Curve, curve

LOOKED_AT: Final = 2_000
"""Newest evaluations of a release that its page draws."""
POINTS: Final = 120

Series = Mapping[tuple[int, str], Sequence[Evaluation]]

_VERDICTS: Final = {
    Verdict.PASS: ("holds", "good"),
    Verdict.FAIL: ("does not hold", "bad"),
    Verdict.INCONCLUSIVE: ("not enough evidence", "warn"),
    Verdict.ERROR: ("could not be measured", "warn"),
}
_WANTED: Final = {
    Operator.AT_LEAST: "at least",
    Operator.AT_MOST: "at most",
    Operator.ABOVE: "above",
    Operator.BELOW: "below",
    Operator.EXACTLY: "exactly",
}


@dataclass(frozen=True, slots=True)
class ConditionPanel:
    """One condition as the page shows it.

    Attributes:
        name, metric: of the condition; meaning: of the metric.
        wanted: what must hold, in words.
        verdict: the newest in words, empty before the first; tone: how good that is.
        sentence: why, or what it waits for.
        value, limit: the newest with their unit; a dash where there is none.
        samples: requests in the newest window; needed: those that a verdict takes.
        filled: samples of needed, in percent, at most 100.
        progress: passing and failing verdicts in words; empty outside the present step.
        chart: values against limits; None before the first.
        at: when it was judged last.
        is_critical: False is only watched.
    """

    name: str
    metric: str
    meaning: str
    wanted: str
    verdict: str
    tone: str
    sentence: str
    value: str
    limit: str
    samples: int
    needed: int
    filled: int
    progress: str
    chart: Curve | None
    at: datetime | None
    is_critical: bool


def evaluations_of(environment: Environment, release: Release) -> Series:
    """Return the newest evaluations, oldest first, by step and condition. One query."""
    rows = list(
        Evaluation.objects.in_environment(environment)
        .filter(release=release)
        .order_by("-at", "-id")[:LOOKED_AT]
    )
    found: dict[tuple[int, str], list[Evaluation]] = {}
    for row in reversed(rows):
        found.setdefault((row.step, row.condition), []).append(row)
    return found


def panels(
    step: Step, index: int, series: Series, state: State, now: datetime
) -> list[ConditionPanel]:
    """Return the conditions of the step at `index` (from 0)."""
    is_present = index == state.step and state.phase.is_in_step
    running = state.progress if is_present else ()
    progress = {
        condition.name: each for condition, each in zip(step.conditions, running, strict=False)
    }
    return [
        _panel(
            condition,
            series.get((index, condition.name), ()),
            progress.get(condition.name),
            waiting=_waiting(state, progress.get(condition.name), now)
            if is_present
            else "not judged",
        )
        for condition in step.conditions
    ]


def _panel(
    condition: Condition, rows: Sequence[Evaluation], progress: Progress | None, *, waiting: str
) -> ConditionPanel:
    metric, last = METRICS[condition.metric], rows[-1] if rows else None
    verdict, tone = _VERDICTS[Verdict(last.verdict)] if last else ("", "quiet")
    shown = rows[-POINTS:]
    samples = last.samples if last else 0
    return ConditionPanel(
        name=condition.name,
        metric=metric.name,
        meaning=metric.meaning,
        wanted=_wanted(condition, metric),
        verdict=verdict,
        tone=tone,
        sentence=_sentence(last, condition) if last else waiting,
        value=_shown(metric, last.value if last else None),
        limit=_shown(metric, _limit(condition, rows)),
        samples=samples,
        needed=condition.minimum_samples,
        filled=min(100, 100 * samples // condition.minimum_samples)
        if condition.minimum_samples
        else 100,
        progress=_progress(condition, progress) if progress else "",
        chart=curve([row.value for row in shown], [row.baseline for row in shown]),
        at=last.at if last else None,
        is_critical=condition.is_critical,
    )


def _sentence(row: Evaluation, condition: Condition) -> str:
    text = row.sentence.removeprefix(f"{condition.name}: ")
    # The name of a metric is not a word to begin a sentence with.
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def _limit(condition: Condition, rows: Sequence[Evaluation]) -> float | None:
    for row in reversed(rows):
        if row.baseline is not None:
            return row.baseline
    return condition.baseline.value if isinstance(condition.baseline, Fixed) else None


def _shown(metric: Metric, value: float | None) -> str:
    return "–" if value is None else metric.show(value)


def _wanted(condition: Condition, metric: Metric) -> str:
    baseline, word = condition.baseline, _WANTED[condition.operator]
    over = f"over {format_duration(condition.window)}"
    if isinstance(baseline, Fixed):
        name = f" ({baseline.name})" if baseline.name else ""
        return f"{word} {metric.show(baseline.value)}{name}, {over}"
    times = f"{number(baseline.ratio)} × " if baseline.ratio != 1 else ""
    room = f" with {metric.show(baseline.difference)} of room" if baseline.difference else ""
    return f"{word} {times}the source's{room}, {over}"


def _progress(condition: Condition, progress: Progress) -> str:
    passed = f"{progress.successes} of {condition.successes} passing verdicts in a row"
    if not progress.failures:
        return passed
    return f"{passed}, {progress.failures} failed of {condition.failures} tolerated"


def _waiting(state: State, progress: Progress | None, now: datetime) -> str:
    if state.live_at is None or progress is None:
        return "Waits until every agent serves this split."
    if progress.due > now:
        return f"The first window ends in {coarse(progress.due - now)}."
    return "Waits for the agents' counts of the first window."
