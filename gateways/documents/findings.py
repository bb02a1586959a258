"""A broken rule, before it has its place in the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vamp.documents.salvage import touches
from vamp.documents.source import Source
from vamp.errors import Fault


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule of a document.

    Attributes:
        fault: with a pointer, not yet a line.
        offset: index of the offending character in the text at the pointer, where it is one.
        depends: pointers of the values that the rule rests on, by default that of the fault;
            where one of those is refused for itself, the finding is left out.
    """

    fault: Fault
    offset: int | None = None
    depends: tuple[str, ...] = ()

    def rests_on(self, doubtful: Iterable[str]) -> bool:
        """Return whether a value that it rests on was refused for itself."""
        doubtful = tuple(doubtful)
        places = self.depends or (self.fault.pointer,)
        return any(touches(place, doubtful) for place in places)

    def placed(self, source: Source) -> Fault:
        """Return the fault with its line and column in `source`."""
        return source.located(self.fault, offset=self.offset)


def finding(
    pointer: str,
    code: str,
    message: str,
    hint: str = "",
    *,
    offset: int | None = None,
    depends: tuple[str, ...] = (),
) -> Finding:
    """Return a finding."""
    return Finding(Fault(pointer, message, hint, code=code), offset, depends)
