"""Walking a chain: every place is compared with what was sealed there. Pure; constant memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vamp.audit.findings import MOST_FINDINGS, Finding, What
from vamp.audit.hashing import GENESIS, link


@dataclass(frozen=True, slots=True)
class Place:
    """A sealed entry, as the walk needs it.

    Attributes:
        position, entry, organisation, digest, link: of the row.
        is_as_written: the digest is that of the row's content.
    """

    position: int
    entry: int
    organisation: str
    digest: str
    link: str
    is_as_written: bool


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A gap that retention made; `is_signed` by us."""

    first: int
    last: int
    before: str
    after: str
    is_signed: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint, or the anchor that the key-value store keeps; `is_signed` by us."""

    position: int
    link: str
    is_signed: bool
    is_anchor: bool = False


IsForgotten = Callable[[int, int], bool]
"""Tells whether positions, both included, were forgotten meanwhile, while the walk went on."""


@dataclass(slots=True)
class Walk:
    """The state of a walk. Give it places and gaps in order of position, then `end` it.

    Attributes:
        expected: the next position; before: link of the one before, None where it is not known.
        findings, more: see `Verdict`.
        entries, forgotten: how many were passed.
    """

    is_forgotten: IsForgotten = field(default=lambda first, last: False)
    expected: int = 1
    before: str | None = GENESIS
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    entries: int = 0
    forgotten: int = 0

    def entry(self, place: Place) -> None:
        """Compare one entry with its place."""
        self.entries += 1
        if place.position < self.expected:
            self._find(What.INSERTED, place, "stands at a place that is taken or was never given")
            return
        self._reach(place.position)
        if not place.is_as_written:
            self._find(What.EDITED, place, "does not say any more what it said when it was written")
        elif self.before is not None and place.link != self._wanted(place):
            self._find(
                What.MOVED,
                place,
                "is not what was sealed here: it, its id, its place or the one before was changed",
            )
        self.expected, self.before = place.position + 1, place.link

    def gap(self, gap: Forgotten) -> None:
        """Pass over what was forgotten, if that is signed and fits on both sides."""
        if gap.last < self.expected:
            return  # it was merged into a larger one while we walked
        self._reach(gap.first)
        span = f"{gap.first} to {gap.last}"
        if not gap.is_signed:
            self.find(
                What.REMOVED, gap.first, f"positions {span} are gone, and not by our retention"
            )
        elif self.before is not None and gap.before != self.before:
            self.find(
                What.MOVED,
                gap.first,
                f"what was forgotten at {span} does not follow the one before",
            )
        self.forgotten += gap.last - gap.first + 1
        self.expected, self.before = gap.last + 1, gap.after

    def checkpoint(self, signed: Signed) -> None:
        """Compare the place just passed with what was signed of it. Others are not known here."""
        if not signed.is_signed:
            self.find(
                What.UNSIGNED,
                signed.position,
                f"the checkpoint at {signed.position} is not signed by us",
            )
        elif self.expected == signed.position + 1 and self.before not in (None, signed.link):
            who = "the key-value store's anchor" if signed.is_anchor else "the signed checkpoint"
            self.find(
                What.REWRITTEN,
                signed.position,
                f"at {signed.position} the chain is another one than {who} says: entries up to"
                " here were rewritten since the checkpoint before",
            )

    def end(self, head: int, *, why: str = "as was signed") -> None:
        """End at `head`, the last position that is known to have been."""
        if self.expected <= head:
            self._lose(self.expected, head, What.CUT_SHORT, f"the chain went up to {head}, {why}")

    def find(
        self,
        what: What,
        position: int | None,
        message: str,
        *,
        entry: int | None = None,
        organisation: str = "",
    ) -> None:
        """Note a finding; those beyond `MOST_FINDINGS` are counted."""
        if len(self.findings) >= MOST_FINDINGS:
            self.more += 1
            return
        self.findings.append(Finding(what, position, entry, organisation, message))

    def _wanted(self, place: Place) -> str:
        return link(
            self.before or "", position=place.position, entry=place.entry, digest=place.digest
        )

    def _reach(self, position: int) -> None:
        """Come to `position`; what lies between was removed, unless it was forgotten just now."""
        if position > self.expected:
            self._lose(self.expected, position - 1, What.REMOVED, "")

    def _lose(self, first: int, last: int, what: What, why: str) -> None:
        self.expected, self.before = last + 1, None
        if self.is_forgotten(first, last):
            self.forgotten += last - first + 1
            return
        which = f"position {first} is" if first == last else f"positions {first} to {last} are"
        at = "beginning" if first == 1 else "end" if what is What.CUT_SHORT else "middle"
        tail = f"; {why}" if why else ""
        self.find(what, first, f"{which} gone, at the {at} of the chain{tail}")

    def _find(self, what: What, place: Place, message: str) -> None:
        self.find(
            what,
            place.position,
            f"entry {place.entry} at position {place.position} {message}",
            entry=place.entry,
            organisation=place.organisation,
        )
