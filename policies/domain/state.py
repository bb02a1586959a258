"""Where a release stands: all that must be kept between two looks of the Release Agent at it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from policies.domain.effects import Outcome, SetWeights
from policies.domain.progress import Progress

STATE_VERSION = 1
"""Raised when an older Release Agent could not go on from a newer state."""


class Phase(StrEnum):
    """What a release is doing; `policies.domain.machine` shows how one leads to another."""

    RUNNING = "running"
    PAUSED = "paused"
    WAITING_FOR_APPROVAL = "waiting_for_approval"
    PROMOTING = "promoting"
    ROLLING_BACK = "rolling_back"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self in (Phase.SUCCEEDED, Phase.ROLLED_BACK, Phase.ABORTED)

    @property
    def is_in_step(self) -> bool:
        """Whether the split is a step's and its conditions are watched."""
        return self in (Phase.RUNNING, Phase.PAUSED, Phase.WAITING_FOR_APPROVAL)

    @property
    def words(self) -> str:
        """The phase as people read it: ``waiting for approval``."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class State:
    """A release at one moment. Replaced as a whole, kept as JSON.

    Attributes:
        phase: what it is doing.
        reason: why, as a sentence.
        since: when it entered the phase, aware UTC.
        started_at: when it began.
        step: index of the step, from 0; stays where it was once the step is left for good.
        step_since: when the step was entered.
        weights: the split that was last asked for.
        live_at: since when every agent serves by `weights`; None while some do not.
        active: time in this step spent running, up to `since`; pauses and waiting for a person
            do not count against the step's maximum.
        progress: of the step's conditions, in their order; empty until the split is live.
        outcome: how it ends or ended; None while that is open.
        is_forced: a person skipped a step or promoted, so that evidence is missing by their word.
    """

    phase: Phase
    reason: str
    since: datetime
    started_at: datetime
    step: int
    step_since: datetime
    weights: SetWeights
    live_at: datetime | None = None
    active: timedelta = timedelta()
    progress: tuple[Progress, ...] = ()
    outcome: Outcome | None = None
    is_forced: bool = False

    def active_at(self, now: datetime) -> timedelta:
        """Return how long the step has been running by `now`."""
        if self.phase is not Phase.RUNNING:
            return self.active
        return self.active + max(timedelta(), now - self.since)

    def to_json(self) -> str:
        """Return the state as JSON text; `from_json` gives an equal state back."""
        return json.dumps({"version": STATE_VERSION, **asdict(self)}, default=_plain)

    @classmethod
    def from_json(cls, text: str) -> State:
        """Return the state that `to_json` wrote.

        Raises:
            ValueError: it was written by another Vamp than this one can go on from.
        """
        told = json.loads(text)
        version = told.pop("version", None)
        if version != STATE_VERSION:
            raise ValueError(f"a release's state of version {version} cannot be gone on from")
        return cls(**{**told, **_rich(told)})

    def to_value(self) -> dict[str, Any]:
        """Return the state as a JSON object, for stores that keep those."""
        told: dict[str, Any] = json.loads(self.to_json())
        return told

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> State:
        """Return the state that `to_value` gave. Raises like `from_json`."""
        return cls.from_json(json.dumps(value))


def _plain(value: object) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    raise TypeError(f"no JSON for {value!r}")


def _rich(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "phase": Phase(told["phase"]),
        "since": datetime.fromisoformat(told["since"]),
        "started_at": datetime.fromisoformat(told["started_at"]),
        "step_since": datetime.fromisoformat(told["step_since"]),
        "weights": SetWeights(**told["weights"]),
        "live_at": None if told["live_at"] is None else datetime.fromisoformat(told["live_at"]),
        "active": timedelta(microseconds=told["active"]),
        "progress": tuple(_progress(each) for each in told["progress"]),
        "outcome": None if told["outcome"] is None else Outcome(told["outcome"]),
    }


def _progress(told: dict[str, Any]) -> Progress:
    times = ("floor", "judged_until", "due")
    return Progress(**{**told, **{key: datetime.fromisoformat(told[key]) for key in times}})
