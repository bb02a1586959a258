"""Conditions of historic policies: expressions (``health >= baselines.health``) and thresholds.

What was called health was the share of a window's requests that were not answered by a server
error, or 1 or 0 for none or some; both are `success_ratio` here. A threshold with a budget of
70 % over five minutes was looked at every 30 seconds: that is ten windows of 30 seconds of which
three may fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from policies.documents.notes import Notes
from policies.domain.metric import METRICS
from vamp.documents.units import parse_duration

EVALUATED_EVERY: Final = timedelta(seconds=30)

_EXPRESSION: Final = re.compile(
    r"\s*(?P<metric>[A-Za-z][\w .-]*?)\s*(?P<operator>>=|<=|==|>|<)\s*(?P<limit>\S+)\s*", re.ASCII
)
_BASELINE: Final = re.compile(r"baselines\.(?P<name>[\w-]+)", re.ASCII)
_NUMBER: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)


class Conditions:
    """The conditions of one historic policy, with the metrics and baselines that they name."""

    def __init__(self, value: dict[str, Any], notes: Notes) -> None:
        self._notes = notes
        self._metrics = {each["name"].lower(): each for each in _named(value.get("metrics"))}
        self._baselines = {
            each["name"]: each.get("value") for each in _named(value.get("baselines"))
        }
        self._everywhere = value.get("conditions") or []

    def of_step(self, step: dict[str, Any], place: str) -> list[dict[str, Any]]:
        """Return today's conditions of a step, those of the whole policy among them."""
        own = [(f"{place}/conditions", step.get("conditions") or [])]
        found = []
        for where, raw in [*own, ("/conditions", self._everywhere)]:
            if not isinstance(raw, list):
                self._notes.fault(where, "must be a list of conditions")
                continue
            for index, each in enumerate(raw):
                found.append(self._condition(each, f"{where}/{index}"))
        return [condition for condition in found if condition is not None]

    def duration(self, step: dict[str, Any], place: str) -> str | None:
        """Return how long a step lasted at least, by `duration` or `endAfter`."""
        end = step.get("endAfter")
        if not isinstance(end, dict):
            return self._as_duration(step.get("duration"), f"{place}/duration")
        if "maxDuration" in end:
            return self._as_duration(end["maxDuration"], f"{place}/endAfter/maxDuration")
        where = f"{place}/endAfter/value"
        match = _EXPRESSION.fullmatch(str(end.get("value", "")))
        if match is None or match["metric"] != "duration" or match["operator"] != "==":
            self._notes.fault(where, "cannot be understood", "write duration == 30s")
            return None
        return self._as_duration(self._resolved(match["limit"], where), where)

    def _as_duration(self, raw: object, place: str) -> str | None:
        if raw is None:
            return None
        try:
            parse_duration(str(raw))
        except ValueError as error:
            self._notes.fault(place, str(error))
            return None
        return str(raw)

    def _resolved(self, limit: str, place: str) -> object:
        match = _BASELINE.fullmatch(limit)
        if match is None:
            return limit
        if match["name"] not in self._baselines:
            self._notes.fault(place, f"there is no baseline {match['name']!r}")
        return self._baselines.get(match["name"])

    def _condition(self, raw: object, place: str) -> dict[str, Any] | None:
        if isinstance(raw, dict) and "value" in raw:
            return self._by_expression(raw, place)
        if isinstance(raw, dict) and "metric" in raw:
            return self._by_threshold(raw, place)
        self._notes.fault(place, "a condition needs a `value` or a `metric`")
        return None

    def _by_expression(self, raw: dict[str, Any], place: str) -> dict[str, Any] | None:
        where = f"{place}/value"
        match = _EXPRESSION.fullmatch(str(raw["value"]))
        if match is None:
            self._notes.fault(where, "cannot be understood", "write health >= baselines.health")
            return None
        metric = self._metric(match["metric"], place)
        limit = self._number(self._resolved(match["limit"], where), where)
        if metric is None or limit is None:
            return None
        return self._built(raw, metric, match["operator"], limit)

    def _by_threshold(self, raw: dict[str, Any], place: str) -> dict[str, Any] | None:
        metric = self._metric(str(raw["metric"]), place)
        if metric is None:
            return None
        if "threshold" not in raw:
            self._notes.fault(f"{place}/threshold", "`threshold` is missing")
            return None
        limit = self._number(raw["threshold"], f"{place}/threshold")
        if limit is None:
            return None
        condition = self._built(raw, metric, str(raw.get("operator", "ge")), limit)
        tolerated = self._tolerated(raw, place)
        if tolerated:
            condition["failures"] = tolerated
        return condition

    def _tolerated(self, raw: dict[str, Any], place: str) -> int:
        interval = raw.get("interval")
        length = interval.get("duration", "5m") if isinstance(interval, dict) else "5m"
        length = self._as_duration(length, f"{place}/interval/duration")
        budget = self._number(raw.get("budget", 100), f"{place}/budget")
        if length is None or budget is None:
            return 0
        tolerated = int((100 - budget) / 100 * (parse_duration(length) / EVALUATED_EVERY))
        if tolerated:
            sentence = f"a budget of {budget:g} % over {length} has become {tolerated} failures"
            self._notes.note(place, sentence)
        return max(0, tolerated)

    def _number(self, raw: object, place: str) -> float | None:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and _NUMBER.fullmatch(raw):
            return float(raw)
        self._notes.fault(place, f"{raw!r} is not a number")
        return None

    def _metric(self, name: str, place: str) -> str | None:
        defined = self._metrics.get(name.lower())
        metric = name if defined is None and name in METRICS else _measured_as(name, defined)
        if metric is None:
            self._notes.note(
                place, f"the condition is left out: {name} is not measured from traffic"
            )
        elif metric != name:
            self._notes.note(place, f"{name} has become {metric}")
        return metric

    def _built(
        self, raw: dict[str, Any], metric: str, operator: str, limit: float
    ) -> dict[str, Any]:
        own: dict[str, Any] = {key: raw[key] for key in ("name", "gracePeriod") if key in raw}
        return {**own, "metric": metric, "operator": operator, "baseline": limit}


def _named(raw: object) -> Iterator[dict[str, Any]]:
    for each in raw if isinstance(raw, list) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            yield each


def _measured_as(name: str, defined: dict[str, Any] | None) -> str | None:
    value = defined.get("value") if defined is not None else {"source": "health"}
    if not isinstance(value, dict):
        return None
    about = {name.lower(), *(str(tag).lower() for tag in value.get("tags") or ())}
    kind = str(value.get("type", "")).lower()
    if value.get("source") == "k8s-deployment-health":
        return "success_ratio" if kind in ("", "successrate") else None
    if value.get("source") == "ingress":
        return "request_rate" if kind == "requestspersecond" else None
    if value.get("source") not in ("es", "health"):
        return None
    words = {"health": "success_ratio", "metrics:rate": "request_rate"}
    words |= {"metrics:responsetime": "latency_mean"}
    return next((metric for word, metric in words.items() if word in about), None)
