"""What a conversion has to say: faults that stop it, notes on what it changed."""

from __future__ import annotations

from vamp.documents.source import Source
from vamp.errors import Fault


class Notes:
    """Gathers both while one historic document is converted."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._sentences: list[str] = []
        self.faults: list[Fault] = []

    def note(self, pointer: str, sentence: str) -> None:
        """Tell that something was changed or left out; told twice, it is kept once."""
        told = f"{pointer}: {sentence}" if pointer else sentence
        if told not in self._sentences:
            self._sentences.append(told)

    def fault(self, pointer: str, message: str, hint: str = "") -> None:
        """Tell that something cannot be understood, at its place in the historic document."""
        self.faults.append(self._source.located(Fault(pointer, message, hint, code="historic")))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The notes in the order in which they were first told."""
        return tuple(self._sentences)
