"""Label selectors, as Kubernetes writes them: ``team=shop,tier in (web,api),!legacy``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vamp.errors import Fault, Invalid

MOST_CHARACTERS = 1_000

_KEY = r"[A-Za-z0-9](?:[\w./-]{0,251}[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?"
_TERM = re.compile(
    rf"""\s*(?:
      (?P<not>!)\s*(?P<absent>{_KEY})
    | (?P<key>{_KEY})\s*(?:
        (?P<op>==|=|!=)\s*(?P<value>{_VALUE})
      | \s(?P<word>in|notin)\s*\((?P<values>[^()]*)\)
      )?
    )\s*(?:,|$)""",
    re.VERBOSE | re.ASCII,
)
_ONE_VALUE = re.compile(_VALUE, re.ASCII)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One term of a selector.

    Attributes:
        key: of the label.
        values: those that meet it; None for any value at all.
        is_negated: it is met where the rest is not. A label that is missing meets a negated one.
    """

    key: str
    values: frozenset[str] | None
    is_negated: bool = False

    def is_met_by(self, labels: Mapping[str, object]) -> bool:
        """Tell whether something with `labels` meets it. A value that is no text is no label."""
        found = labels.get(self.key)
        is_text = isinstance(found, str)
        is_so = is_text and (self.values is None or found in self.values)
        return is_so != self.is_negated


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All of its requirements must be met."""

    text: str
    requirements: tuple[Requirement, ...]

    def chooses(self, labels: Mapping[str, object]) -> bool:
        """Tell whether something with `labels` is chosen."""
        return all(each.is_met_by(labels) for each in self.requirements)

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> LabelSelector:
    """Return the selector that `text` writes.

    Raises:
        Invalid: it is none; the fault says at which column.
    """
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise _fault(f"a selector has 1 to {MOST_CHARACTERS} characters")
    return LabelSelector(text.strip(), tuple(_requirements(text)))


def _requirements(text: str) -> Iterator[Requirement]:
    place = 0
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            raise _fault(f"not understood from column {place + 1}: {text[place : place + 30]!r}")
        yield _requirement(found)
        place = found.end()
    if text.rstrip().endswith(","):
        raise _fault("nothing follows the last comma")


def _requirement(found: re.Match[str]) -> Requirement:
    if found["absent"]:
        return Requirement(found["absent"], None, is_negated=True)
    if found["op"]:
        return Requirement(found["key"], frozenset({found["value"]}), found["op"] == "!=")
    if found["word"]:
        values = [each.strip() for each in found["values"].split(",")]
        wrong = [each for each in values if not _ONE_VALUE.fullmatch(each)]
        if wrong:
            raise _fault(f"{wrong[0]!r} is no value of a label")
        return Requirement(found["key"], frozenset(values), found["word"] == "notin")
    return Requirement(found["key"], None)


def _fault(message: str) -> Invalid:
    hint = "write terms such as team=shop, tier!=db, env in (a,b), env notin (a), key, !key"
    return Invalid(faults=[Fault("/selector", message, hint)])
