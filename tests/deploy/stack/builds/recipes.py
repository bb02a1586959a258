"""A recipe that builds nothing much, and counts how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.errors import StackError


def nothing() -> None:
    """Do nothing while building."""


@dataclass
class Greeting:
    """Builds a file that greets."""

    script: Path
    name: str = "greeting"
    version: str = "v1.0"
    refusal: str = ""
    meanwhile: Callable[[], None] = nothing
    built: int = 0

    @property
    def files(self) -> Sequence[Path]:
        return [self.script]

    def fetch(self, work: Path, log: Path) -> None:
        (work / "source").write_text("hello")

    def build(self, work: Path, out: Path, log: Path) -> None:
        self.built += 1
        (out / "greeting").write_text((work / "source").read_text())
        self.meanwhile()
        if self.refusal:
            raise StackError(self.refusal)
