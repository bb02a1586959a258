"""What the Release Agent wants done. Doing any of it twice is the same as doing it once.

An effect's id is unique in its release and follows from the state alone, so a decision that is
made again after a crash asks for the same effect under the same id.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.domain.policy import WHOLE, HookEvent, Step
from vamp.documents.units import format_percent


class Outcome(StrEnum):
    """How a release ended."""

    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class SetWeights:
    """Split the traffic of source and target anew, all in one change.

    Attributes:
        id: unique in the release.
        source_weight: hundredths of a percent; with `target_weight` always 10000.
        target_weight: hundredths of a percent.
        condition: requests sent to the target on top of its weight; None takes it away.
        strength: share of the matching requests, in hundredths of a percent; 0 without condition.
    """

    id: str
    source_weight: int
    target_weight: int
    condition: str | None = None
    strength: int = 0

    @classmethod
    def for_step(cls, index: int, step: Step) -> SetWeights:
        """Return the split of the step at `index` (from 0)."""
        return cls(
            id=f"weights/step/{index + 1}",
            source_weight=step.source_weight,
            target_weight=step.target_weight,
            condition=step.condition,
            strength=step.strength,
        )

    def __str__(self) -> str:
        """Return ``source 90%, target 10%``, with the condition where there is one."""
        split = f"source {format_percent(self.source_weight)}, target {format_percent(self.target_weight)}"
        if self.condition is None:
            return split
        return f"{split}, and {format_percent(self.strength)} of requests where {self.condition}"


ROLLBACK = SetWeights("weights/rollback", WHOLE, 0)
"""Everything back to the source at once."""

PROMOTION = SetWeights("weights/promotion", 0, WHOLE)
"""Everything to the target."""


@dataclass(frozen=True, slots=True)
class CallHooks:
    """Call the policy's hooks for an event.

    Attributes:
        id: unique in the release.
        event: which hooks.
        step: index of the step, from 0, that the release is in.
    """

    id: str
    event: HookEvent
    step: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The release is over.

    Attributes:
        id: unique in the release.
        outcome: how.
        reason: why, as a sentence.
    """

    id: str
    outcome: Outcome
    reason: str


Effect = SetWeights | CallHooks | Finished
