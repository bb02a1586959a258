"""Printing: tables for people, plain columns for pipes, JSON and YAML for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vamp.cli.kind import Column, Kind, Row
from vamp.cli.surroundings import Surroundings
from vamp.cli.tables import described, table
from vamp.cli.wording import visible


class Printer:
    """Prints answers on standard output, and what is said beside them on standard error.

    So a pipe gets nothing but what was asked for.
    """

    def __init__(self, around: Surroundings, output: str, *, is_plain: bool = False) -> None:
        self._around = around
        self.output = output
        self.has_colour = around.has_colour(is_refused=is_plain)

    @property
    def is_for_people(self) -> bool:
        """True where neither JSON nor YAML nor bare names were asked for."""
        return self.output == "table"

    def rows(self, kind: Kind, rows: Iterable[Row], *, nothing: str = "") -> None:
        """Print a list of a kind.

        Args:
            kind: with the columns.
            rows: as the API gave them.
            nothing: said on standard error where there is none.
        """
        found = list(rows)
        if self.output == "name":
            self.names(f"{kind.name}/{kind.name_of(row)}" for row in found)
        elif not self.is_for_people:
            self.value(found)
        elif found:
            self.table(kind.columns, found)
        else:
            self.say(nothing or f"there are no {kind.many}")

    def table(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Print rows under titles; wide columns only where there is room for them."""
        self.write(table(self._around, columns, rows, has_colour=self.has_colour))

    def one(self, kind: Kind, row: Row) -> None:
        """Print one thing of a kind: in the format asked for, or all that is known, for people."""
        if self.output == "name":
            self.names([f"{kind.name}/{kind.name_of(row)}"])
        elif self.is_for_people:
            self.write(described(row, self._around.width))
        else:
            self.value(row)

    def value(self, value: Any) -> None:
        """Print a value as YAML where that was asked for, otherwise as JSON."""
        if self.output == "yaml":
            self.write(as_yaml(value))
        else:
            self.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def done(self, sentence: str, row: Any = None, *, name: str = "") -> None:
        """Tell that something was done: a sentence for people, the answer for programs."""
        if self.output == "name" and name:
            self.names([name])
        elif self.is_for_people or row is None:
            self.write(visible(sentence) + "\n")
        else:
            self.value(row)

    def names(self, names: Iterable[str]) -> None:
        """Print names, one a line."""
        for name in names:
            self.write(visible(name) + "\n")

    def say(self, sentence: str) -> None:
        """Tell a person something beside the answer, on standard error."""
        self._around.stderr.write(visible(sentence) + "\n")

    def write(self, text: str) -> None:
        """Write to standard output, at once, so that a reader of a pipe need not wait."""
        self._around.stdout.write(text)
        self._around.stdout.flush()

    def styled(self, text: str, style: str) -> str:
        """Return the text in a colour of the terminal's own, where there is colour."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.has_colour else text


STYLES: Mapping[str, int] = {"good": 32, "bad": 31, "watch": 33, "quiet": 2, "strong": 1}


def as_yaml(value: Any) -> str:
    """Return a value as YAML, keys in their order; a list of documents is parted by dashes."""
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100))
