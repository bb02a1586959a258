"""How far the evidence for one condition has come within a step, and which window is next.

Windows lie on a grid that begins when the step is live and its grace period is over. The end of
the next window is fixed when the one before it is settled, so every caller asks the same question
until it is answered, and after a long absence the next window reaches back to where the last one
ended: no traffic of the step is left unjudged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from policies.domain.policy import Condition
from policies.domain.reading import WindowRequest
from policies.domain.verdict import Evaluation, Evidence, Verdict


@dataclass(frozen=True, slots=True)
class Progress:
    """The evidence for one condition so far.

    Attributes:
        floor: no window begins before this.
        judged_until: end of the last window that was judged.
        due: end of the next window.
        successes: passing verdicts in a row, up to now.
        failures: failing verdicts in this step.
    """

    floor: datetime
    judged_until: datetime
    due: datetime
    successes: int = 0
    failures: int = 0

    @classmethod
    def beginning(cls, condition: Condition, live_at: datetime) -> Progress:
        """Return the progress of `condition` at the moment when its step went live."""
        origin = live_at + condition.grace
        return cls(floor=origin, judged_until=origin, due=origin + condition.interval)

    def window(self, step: int, condition: Condition) -> WindowRequest:
        """Return the next window; it can be answered once ``due`` has passed."""
        start = max(self.floor, min(self.due - condition.window, self.judged_until))
        return WindowRequest(step, condition.name, start, self.due, condition.compares_source)

    def after(self, condition: Condition, evaluation: Evaluation, now: datetime) -> Progress:
        """Return what follows from the `evaluation` of the next window, made at `now`."""
        if evaluation.evidence is Evidence.AWAITED:
            return self
        due = self._next_due(condition, now)
        if evaluation.evidence is Evidence.THIN:
            return replace(self, due=due)
        if evaluation.evidence is Evidence.LOST:
            return replace(self, floor=self.due, judged_until=self.due, due=due, successes=0)
        has_passed = evaluation.verdict is Verdict.PASS
        return replace(
            self,
            judged_until=self.due,
            due=due,
            successes=self.successes + 1 if has_passed else 0,
            failures=self.failures if has_passed else self.failures + 1,
        )

    def _next_due(self, condition: Condition, now: datetime) -> datetime:
        missed = max(1, (now - self.due) // condition.interval)
        return self.due + missed * condition.interval

    def is_met(self, condition: Condition, until: datetime) -> bool:
        """Tell whether the passing verdicts suffice and reach up to `until`."""
        return self.successes >= condition.successes and self.judged_until >= until

    def is_spent(self, condition: Condition) -> bool:
        """Tell whether more verdicts failed than the condition tolerates."""
        return self.failures > condition.failures
