"""How far somebody may move a gateway's traffic. Pure.

What a limit is for is the new version: to give all back to the version that has the most is never
limited, or whoever may only try could not take back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vamp.errors import NotAllowed

Shares = Mapping[str, tuple[int, int]]
"""Route → its weight and the strength of its condition, in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What somebody may do to the shares of a gateway's routes.

    Attributes:
        is_allowed: anything at all.
        most: most that a route other than the heaviest may be raised to, in hundredths of a
            percent; None for no limit.
    """

    is_allowed: bool = True
    most: int | None = None

    def refuse_beyond(self, gateway: str, before: Shares, after: Shares) -> None:
        """Refuse a change of shares that goes beyond it. A new gateway's shares are a choice.

        Args:
            gateway: name, for the error.
            before: empty for a new gateway.
            after: as they would be.

        Raises:
            NotAllowed: see above.
        """
        if not before or before == after:
            return
        if not self.is_allowed:
            raise NotAllowed(
                f"You may not move the traffic of gateway {gateway}: that needs gateway.release."
                " An administrator can grant it."
            )
        raised = highest_raise(before, after)
        if self.most is not None and raised is not None and raised[1] > self.most:
            raise NotAllowed(
                f"You may raise a version on gateway {gateway} up to {self.most / 100:g} %, and"
                f" {raised[0]} would get {raised[1] / 100:g} %. An administrator can raise the"
                " limit of your binding."
            )


FREELY = Shift()


def highest_raise(before: Shares, after: Shares) -> tuple[str, int] | None:
    """Return which route is raised to the most, and to what; None where none but the heaviest is."""
    heaviest = max(before, key=lambda name: before[name][0], default="")
    raised = [
        (name, share)
        for name, shares in after.items()
        for held, share in zip(before.get(name, (0, 0)), shares, strict=True)
        if share > held and name != heaviest
    ]
    return max(raised, key=lambda item: item[1], default=None)
