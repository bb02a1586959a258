"""What a selector is once it is read: an expression over patterns for a target's properties."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateways.domain.pattern import check_pattern

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,4}", re.ASCII)


class Property(StrEnum):
    """What of a target a match looks at; the value is its word in the language."""

    NAME = "name"
    KIND = "kind"
    NAMESPACE = "namespace"
    IMAGE = "image"
    HOST = "host"
    LABEL = "label"
    PORT = "port"
    PORT_INDEX = "port_index"


@dataclass(frozen=True, slots=True)
class PropertyMatch:
    """The property, whole, agrees with the pattern.

    Attributes:
        of: which property.
        pattern: a safe pattern; of `LABEL` for its value, of `PORT` and `PORT_INDEX` a number.
        label: of `LABEL` the pattern for its name, otherwise empty.

    Raises:
        ValueError: a pattern is not safe, or a number is none.
    """

    of: Property
    pattern: str
    label: str = ""

    def __post_init__(self) -> None:
        if self.label and self.of is not Property.LABEL:
            raise ValueError(f"{self.of} has no pattern for a label's name")
        check_pattern(self.label)
        if self.of in (Property.PORT, Property.PORT_INDEX):
            if not _NUMBER.fullmatch(self.pattern):
                raise ValueError(f"{self.of} is followed by a number, not {self.pattern!r}")
        else:
            check_pattern(self.pattern)


@dataclass(frozen=True, slots=True)
class Anything:
    """``true`` selects every target, ``false`` none."""

    value: bool


@dataclass(frozen=True, slots=True)
class Except:
    """Targets that `operand` does not select; nothing is captured in it."""

    operand: PropertyMatch | Both | Either


@dataclass(frozen=True, slots=True)
class Both:
    """Targets that all of two or more `terms` select; build it with `all_of`."""

    terms: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Targets that any of two or more `terms` selects; build it with `any_of`."""

    terms: tuple[Selector, ...]


Selector = PropertyMatch | Anything | Except | Both | Either


def all_of(terms: Iterable[Selector]) -> Selector:
    """Return the selector of what all `terms` select; of none, of everything."""
    flat = tuple(
        inner for term in terms for inner in (term.terms if isinstance(term, Both) else (term,))
    )
    if len(flat) < 2:
        return flat[0] if flat else Anything(True)
    return Both(flat)


def any_of(terms: Iterable[Selector]) -> Selector:
    """Return the selector of what one of the `terms` selects; of none, of nothing."""
    flat = tuple(
        inner for term in terms for inner in (term.terms if isinstance(term, Either) else (term,))
    )
    if len(flat) < 2:
        return flat[0] if flat else Anything(False)
    return Either(flat)


def negation(term: Selector) -> Selector:
    """Return the selector of what `term` does not select."""
    if isinstance(term, Except):
        return term.operand
    if isinstance(term, Anything):
        return Anything(not term.value)
    return Except(term)


def render_selector(selector: Selector) -> str:
    """Return the canonical text; `parse_selector` of it is the same selector."""
    if isinstance(selector, Either):
        return " || ".join(render_selector(term) for term in selector.terms)
    if isinstance(selector, Both):
        return " && ".join(_in_brackets(term, Either) for term in selector.terms)
    if isinstance(selector, Except):
        return "!" + _in_brackets(selector.operand, Either, Both)
    if isinstance(selector, Anything):
        return "true" if selector.value else "false"
    label = f"({selector.label})" if selector.of is Property.LABEL else ""
    return f"{selector.of}{label}({selector.pattern})"


def _in_brackets(selector: Selector, *kinds: type[Selector]) -> str:
    text = render_selector(selector)
    return f"({text})" if isinstance(selector, kinds) else text
