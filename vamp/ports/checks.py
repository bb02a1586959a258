"""What a look at an outside system found: one result for every port, every driver and every door."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from vamp.errors import VampError
from vamp.ports.errors import PortError

Answer = TypeVar("Answer")


class Tone(StrEnum):
    """How good a finding is."""

    GOOD = "good"
    UNPREPARED = "unprepared"  # it answers, but what the set-up makes is not there yet
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: what was asked, in a few words, such as ``write and read back``.
        tone: how good that is.
        message: what was found, as a sentence fit to show; holds no secret. May be empty where
            `tone` is good.
        hint: what to do about it; empty where nothing must be done.
    """

    what: str
    tone: Tone = Tone.GOOD
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        system: what answered, such as ``Vault``; what should have, where nothing did.
        version: as the system tells it; empty where it does not.
        latency_ms: of one question; None where nothing answered.
        findings: in the order in which they were made; never empty.
    """

    system: str
    version: str = ""
    latency_ms: float | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """It does its work: nothing that was found is bad."""
        return bool(self.findings) and all(each.tone is not Tone.BAD for each in self.findings)

    @property
    def is_prepared(self) -> bool:
        """It does its work, and holds all that the set-up makes."""
        return self.ok and all(each.tone is Tone.GOOD for each in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, which `from_json` reads."""
        return {
            "system": self.system,
            "version": self.version,
            "latency_ms": self.latency_ms,
            "findings": [
                {"what": f.what, "tone": f.tone.value, "message": f.message, "hint": f.hint}
                for f in self.findings
            ],
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Checked:
        """Read what `as_json` gave."""
        findings = tuple(
            Finding(f["what"], Tone(f["tone"]), f["message"], f["hint"]) for f in found["findings"]
        )
        return cls(found["system"], found["version"], found["latency_ms"], findings)

    @classmethod
    def failed(cls, system: str, message: str, hint: str = "") -> Checked:
        """Return the result for a system that did not answer at all."""
        return cls(system, findings=(Finding("answers", Tone.BAD, message, hint),))


@dataclass(slots=True)
class Check:
    """Collects what a driver finds; nothing that a system does makes it raise.

    Attributes:
        system: what is looked at; may be corrected once it has told its name.
        version: set by the driver.
    """

    system: str
    version: str = ""
    latency_ms: float | None = None
    _findings: list[Finding] = field(default_factory=list)

    def asks(
        self, what: str, question: Callable[[], Answer], *, hint: str = "", is_timed: bool = False
    ) -> Answer | None:
        """Ask `question` and note how it went; return its answer, None where it failed.

        Args:
            what: in a few words; see `Finding`.
            question: may raise errors of the port, and anything else.
            hint: what to do where it fails, beyond what the error itself says.
            is_timed: whether this is the question that `latency_ms` tells of.
        """
        begun = time.perf_counter()
        try:
            answer = question()
        except (PortError, VampError) as error:
            self.bad(what, str(error), hint)
            return None
        except Exception as error:
            # Messages of client libraries may hold an address with its password.
            self.bad(what, f"failed: {type(error).__name__}", hint)
            return None
        if is_timed:
            self.latency_ms = (time.perf_counter() - begun) * 1000
        self.good(what)
        return answer

    def good(self, what: str, message: str = "") -> None:
        """Note something that is as it must be."""
        self._findings.append(Finding(what, Tone.GOOD, message))

    def unprepared(self, what: str, message: str, hint: str) -> None:
        """Note something that the set-up makes and that is not there yet."""
        self._findings.append(Finding(what, Tone.UNPREPARED, message, hint))

    def bad(self, what: str, message: str, hint: str = "") -> None:
        """Note something that is wrong."""
        self._findings.append(Finding(what, Tone.BAD, message, hint))

    @property
    def is_well(self) -> bool:
        """Nothing bad was found so far."""
        return all(each.tone is not Tone.BAD for each in self._findings)

    def done(self) -> Checked:
        """Return all that was found."""
        return Checked(self.system, self.version, self.latency_ms, tuple(self._findings))
