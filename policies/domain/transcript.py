"""What happened in a simulation, as lines for people and as values for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

from policies.domain.effects import CallHooks, Finished, SetWeights
from policies.domain.policy import Policy
from policies.domain.simulation import Decided, Line, Refused
from policies.domain.state import State
from policies.domain.verdict import Evaluation
from vamp.documents.units import format_duration, format_percent

COLUMNS = 80
_INDENT = 24


def heading() -> str:
    """Return the line above the columns."""
    return f"{'AFTER':>8}  {'WHAT':<12}  WHY"


def as_text(line: Line, policy: Policy) -> str:
    """Return one happening in columns, wrapped to `COLUMNS`; later lines are indented."""
    return _columns(line.at, line.state, *_words(line.what, line.state, policy))


def ending_text(at: datetime, state: State) -> str:
    """Return the last line: how the release stands when the readings end, or that it is over."""
    return _columns(at, state, "end", _ending(state))


def as_value(line: Line, policy: Policy) -> dict[str, Any]:
    """Return one happening as a JSON object."""
    return {**_stamp(line.at, line.state, policy), **_facts(line.what, policy)}


def ending_value(at: datetime, state: State, policy: Policy) -> dict[str, Any]:
    """Return the last line as a JSON object."""
    outcome = None if state.outcome is None or not state.phase.is_over else state.outcome.value
    ending = {"type": "end", "outcome": outcome, "sentence": _ending(state)}
    return {**_stamp(at, state, policy), **ending}


def _ending(state: State) -> str:
    if state.phase.is_over:
        return f"the release is over: {state.phase.words}"
    return f"the readings end here, and the release is still {state.phase.words}"


def _columns(at: datetime, state: State, what: str, why: str) -> str:
    after = f"+{format_duration(at - state.started_at)}"
    return textwrap.fill(
        why,
        COLUMNS,
        initial_indent=f"{after:>8}  {what:<12}  ",
        subsequent_indent=" " * _INDENT,
        break_on_hyphens=False,
    )


def _stamp(at: datetime, state: State, policy: Policy) -> dict[str, Any]:
    return {
        "at": at.isoformat().replace("+00:00", "Z"),
        "after": format_duration(at - state.started_at),
        "state": state.phase.value,
        "step": policy.steps[state.step].name,
    }


@singledispatch
def _words(what: object, state: State, policy: Policy) -> tuple[str, str]:
    raise TypeError(f"no words for {what!r}")


@_words.register
def _(what: Evaluation, _state: State, _policy: Policy) -> tuple[str, str]:
    return what.verdict.value, what.sentence + ("" if what.is_critical else " [only watched]")


@_words.register
def _(what: Decided, state: State, policy: Policy) -> tuple[str, str]:
    step = f"step {state.step + 1} of {len(policy.steps)} ({policy.steps[state.step].name})"
    return "state", f"{state.phase.words}, {step}: {what.sentence}"


@_words.register
def _(what: SetWeights, _state: State, _policy: Policy) -> tuple[str, str]:
    return "weights", str(what)


@_words.register
def _(what: CallHooks, _state: State, policy: Policy) -> tuple[str, str]:
    urls = ", ".join(f"{hook.method} {hook.url}" for hook in policy.hooks[what.event])
    return "hooks", f"on {what.event.value}: {urls}"


@_words.register
def _(what: Finished, _state: State, _policy: Policy) -> tuple[str, str]:
    return "finished", what.outcome.value.replace("_", " ")


@_words.register
def _(what: Refused, _state: State, _policy: Policy) -> tuple[str, str]:
    return "refused", f"{what.action}: {what.sentence}"


@singledispatch
def _facts(what: object, policy: Policy) -> Mapping[str, Any]:
    raise TypeError(f"no facts for {what!r}")


@_facts.register
def _(what: Evaluation, policy: Policy) -> Mapping[str, Any]:
    request = what.request
    return {
        "type": "verdict",
        "verdict": what.verdict.value,
        "step": policy.steps[request.step].name,
        "condition": request.condition,
        "critical": what.is_critical,
        "metric": what.metric,
        "value": what.value,
        "limit": what.limit,
        "samples": what.samples,
        "window": [
            moment.isoformat().replace("+00:00", "Z") for moment in (request.start, request.end)
        ],
        "sentence": what.sentence,
    }


@_facts.register
def _(what: Decided, _policy: Policy) -> Mapping[str, Any]:
    return {"type": "state", "sentence": what.sentence}


@_facts.register
def _(what: SetWeights, _policy: Policy) -> Mapping[str, Any]:
    return {
        "type": "weights",
        "id": what.id,
        "source": format_percent(what.source_weight),
        "target": format_percent(what.target_weight),
        "condition": what.condition,
        "strength": format_percent(what.strength),
    }


@_facts.register
def _(what: CallHooks, policy: Policy) -> Mapping[str, Any]:
    urls = [hook.url for hook in policy.hooks[what.event]]
    return {"type": "hooks", "id": what.id, "event": what.event.value, "urls": urls}


@_facts.register
def _(what: Finished, _policy: Policy) -> Mapping[str, Any]:
    facts = {"type": "finished", "id": what.id, "outcome": what.outcome.value}
    return {**facts, "sentence": what.reason}


@_facts.register
def _(what: Refused, _policy: Policy) -> Mapping[str, Any]:
    return {"type": "refused", "action": what.action, "sentence": what.sentence}
