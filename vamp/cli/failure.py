"""How a command ends: the exit codes, and what is told where it did not do what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from vamp.cli.wording import field_of, visible


class Exit(IntEnum):
    """Exit codes of every command; a part of the interface, for scripts and pipelines."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    UNREACHABLE = 6
    NOT_REACHED = 7
    DIFFERENT = 8


MEANINGS = {
    Exit.OK: "done",
    Exit.REFUSED: "refused: what was sent is not valid, or the server failed",
    Exit.USAGE: "wrong usage: an option, an argument, a file, or the configuration",
    Exit.NOT_FOUND: "not there, or another tenant's",
    Exit.NOT_ALLOWED: "not logged in, or not allowed",
    Exit.CONFLICT: "in conflict with what is there, or changed in the meantime",
    Exit.UNREACHABLE: "the server, or a part that it needs, does not answer",
    Exit.NOT_REACHED: "what was waited for did not come about in time, or came out badly",
    Exit.DIFFERENT: "there are differences (`diff --exit-code` only)",
}
"""What each exit code means, for the help and the documentation."""

_BY_STATUS = {
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    404: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    412: Exit.CONFLICT,
    502: Exit.UNREACHABLE,
    503: Exit.UNREACHABLE,
    504: Exit.UNREACHABLE,
}


def exit_of(status: int) -> Exit:
    """Return the exit code that an answer of that HTTP status ends a command with."""
    return _BY_STATUS.get(status, Exit.REFUSED)


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One thing that is wrong, and where a person finds it.

    Attributes:
        pointer: JSON pointer into what was sent.
        message: what is wrong.
        hint: how to mend it; may be empty.
        file: where the document was read from; empty where it came from no file.
        line: in that file, from 1; None where it is not known.
        column: in that line, from 1.
        code: the server's stable word for it, such as ``unknown-key``.
    """

    pointer: str
    message: str
    hint: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    code: str = ""

    def __str__(self) -> str:
        """Return ``shop.yaml:7:14: routes[0].weight: message; hint``, as editors and CI read it."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        if not self.message:
            return visible(f"in {place}")
        words = [place, field_of(self.pointer), self.message + (self.hint and f"; {self.hint}")]
        return visible(": ".join(word for word in words if word))


class Failure(Exception):
    """A command did not do what was asked; it ends with the exit code and all the faults.

    Attributes:
        exit: the process's exit code.
        message: one sentence.
        faults: every single thing that is wrong; empty where the message says it all.
        status: HTTP status of the answer behind it; None where there was none.
        code: the problem document's stable word, such as ``stale``.
    """

    def __init__(
        self,
        message: str,
        exit_code: Exit,
        *,
        faults: Iterable[FaultLine] = (),
        status: int | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit = exit_code
        self.faults = tuple(faults)
        self.status = status
        self.code = code

    def lines(self) -> list[str]:
        """Return what is printed on standard error."""
        count = f" ({len(self.faults)} faults)" if len(self.faults) > 1 else ""
        return [f"error: {visible(self.message)}{count}", *(f"  {fault}" for fault in self.faults)]


def misused(message: str, *faults: FaultLine) -> Failure:
    """Return the failure of a command that was called wrongly."""
    return Failure(message, Exit.USAGE, faults=faults)
