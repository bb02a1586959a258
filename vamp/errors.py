"""The vocabulary of errors that people see, one family for every door.

A door maps an error to its own form (an HTTP problem document, a message in the admin, an exit
code) in one place; nothing else decides statuses. The tree::

    VampError
    ├── Invalid          400  what was sent cannot be understood or breaks a rule by itself
    ├── NotAllowed       403  known, but not for this person
    ├── NotFound         404  not there, or another tenant's
    ├── Conflict         409  fine by itself, but not together with what is there
    │   └── Stale        412  somebody changed it meanwhile
    ├── Rejected         422  understood, and refused as a whole (a loop of gateways)
    └── Unavailable      503  an outside system that this request needs does not answer
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where.

    Attributes:
        pointer: RFC 6901 JSON pointer into what was sent ("" is the whole document).
        message: what is wrong, as a sentence fit to show.
        hint: how to mend it; empty where the message says so already.
        line: line in the source text, from 1; None where there is no text.
        column: column in the source text, from 1; None where there is no text.
        code: a stable word for programs, such as ``unknown-key``.
    """

    pointer: str
    message: str
    hint: str = ""
    line: int | None = None
    column: int | None = None
    code: str = "invalid"

    def __str__(self) -> str:
        """Return ``/routes/0/weight (line 7): message; hint``."""
        place = self.pointer or "document"
        if self.line is not None:
            column = f", column {self.column}" if self.column is not None else ""
            place = f"{place} (line {self.line}{column})"
        return f"{place}: {self.message}" + (f"; {self.hint}" if self.hint else "")


class VampError(Exception):
    """Anything that a person is told about. Carries every fault found, not only the first.

    Attributes:
        status: HTTP status of the answer.
        code: stable word for programs; also the last segment of the problem document's type.
        title: short sentence that is the same for every occurrence.
        faults: all that is wrong, possibly empty where the message says it all.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, message: str = "", *, faults: Iterable[Fault] = ()) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        if not message:
            message = "; ".join(str(fault) for fault in self.faults) or self.title
        self.message = message
        super().__init__(message)


class Invalid(VampError):
    """What was sent is malformed or breaks a rule by itself. Mend it and send it again."""

    status = 400
    code = "invalid"
    title = "What was sent is not valid"


class NotAllowed(VampError):
    """The person is known but may not do this. Ask an administrator of the organisation."""

    status = 403
    code = "not-allowed"
    title = "Not allowed"


class NotFound(VampError):
    """Nothing of that name is visible to the caller."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(VampError):
    """Valid by itself, but not together with what is there (a name or a port taken)."""

    status = 409
    code = "conflict"
    title = "In conflict with what is there"


class Stale(Conflict):
    """The thing was changed since the caller read it. Read it again, then repeat."""

    status = 412
    code = "stale"
    title = "Changed in the meantime"


class Rejected(VampError):
    """Understood, and refused as a whole."""

    status = 422
    code = "rejected"
    title = "Refused"


class Unavailable(VampError):
    """An outside system that this request needs does not answer. Repeating later is safe."""

    status = 503
    code = "unavailable"
    title = "A part that this needs does not answer"
