"""A document's value together with the places in the text that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vamp.errors import Fault

_ESCAPES: Final = {
    '"': re.compile(
        r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\x..|\\u.{4}|\\U.{8}|\\\r?\n|\\.|.", re.DOTALL
    ),
    "'": re.compile(r"''|.", re.DOTALL),
}
_ONE_CHARACTER: Final = re.compile(r".", re.DOTALL)
_BLANK_ESCAPES: Final = frozenset({r"\n", r"\t", r"\r", r"\ ", "\\\n", "\\\r\n", r"\v", r"\f"})


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it stands.

    Attributes:
        value: what it means: a mapping, list, text, number, truth value or None.
        line: of its first character, from 1.
        column: of its first character, from 1.
        start: index of its first character in the text.
        end: index after its last character.
        style: ``"``, ``'``, ``|`` or ``>`` for such scalars, otherwise empty.
        size: values in it, itself included, with what aliases repeat.
        children: key or index → its node.
        keys: key → line and column of the key itself.
    """

    value: Any
    line: int
    column: int
    start: int = 0
    end: int = 0
    style: str = ""
    size: int = 1
    children: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One document as it was sent.

    Attributes:
        value: the mapping that the document is.
        root: the same with places; None where there was no text.
        text: the whole text, of which the document may be a part; empty where there was none.
    """

    value: dict[str, Any]
    root: Node | None = None
    text: str = ""

    @classmethod
    def of(cls, value: dict[str, Any]) -> Source:
        """Return a source without places, for what came as JSON or was built in Python."""
        return cls(value)

    def place(self, pointer: str) -> tuple[int, int] | None:
        """Return line and column, from 1, of the value at `pointer`, or of what it is missing from.

        None only where the document has no text.
        """
        node = self._nearest(pointer)
        return (node.line, node.column) if node is not None else None

    def key_place(self, pointer: str) -> tuple[int, int] | None:
        """Return line and column of the key that `pointer` ends in, or else of its value."""
        above, _, last = pointer.rpartition("/")
        node = self._nearest(above)
        if node is not None and (place := node.keys.get(_unescaped(last))) is not None:
            return place
        return self.place(pointer)

    def place_within(self, pointer: str, offset: int) -> tuple[int, int] | None:
        """Return line and column of the character at index `offset` of the text at `pointer`.

        Quotes, escapes, folded lines and block scalars are seen through.
        """
        node = self._nearest(pointer)
        if node is None or not isinstance(node.value, str):
            return self.place(pointer)
        index = _index_within(self.text[node.start : node.end], node.style, node.value[:offset])
        before = self.text[: node.start + index]
        line_start = before.rfind("\n") + 1
        return before.count("\n") + 1, len(before) - line_start + 1

    def written(self, pointer: str) -> str:
        """Return the characters of the scalar at `pointer` as they were typed; "" if unknown."""
        node = self._nearest(pointer)
        return self.text[node.start : node.end] if node is not None and not node.children else ""

    def located(self, fault: Fault, *, offset: int | None = None, at_key: bool = False) -> Fault:
        """Return the fault with line and column of its pointer, if it has none yet.

        Args:
            fault: with a pointer into this document.
            offset: index of the offending character in the text at the pointer.
            at_key: the key is wrong rather than its value.
        """
        if fault.line is not None:
            return fault
        if offset is not None:
            place = self.place_within(fault.pointer, offset)
        else:
            place = self.key_place(fault.pointer) if at_key else self.place(fault.pointer)
        if place is None:
            return fault
        return replace(fault, line=place[0], column=place[1])

    def _nearest(self, pointer: str) -> Node | None:
        node = self.root
        if node is None:
            return None
        for step in pointer_steps(pointer):
            below = node.children.get(step)
            if below is None:
                return node
            node = below
        return node


def pointer_of(steps: Iterable[str | int]) -> str:
    """Return the RFC 6901 pointer of keys and indexes: ``["a/b", 0]`` → ``/a~1b/0``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def pointer_steps(pointer: str) -> tuple[str, ...]:
    """Return the keys and indexes of a pointer, as text."""
    return tuple(_unescaped(step) for step in pointer.split("/")[1:])


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _index_within(written: str, style: str, before: str) -> int:
    # Blanks are folded and indented away by YAML; all other characters correspond one to one.
    wanted = sum(not character.isspace() for character in before)
    index = _content_start(written, style)
    end = index
    for token in _ESCAPES.get(style, _ONE_CHARACTER).finditer(written, index):
        if token[0].isspace() or token[0] in _BLANK_ESCAPES:
            continue
        if not wanted:
            closing = style in _ESCAPES and token.end() == len(written)
            return end if closing else token.start()
        wanted -= 1
        end = token.end()
    return end


def _content_start(written: str, style: str) -> int:
    if style in ("|", ">"):
        return written.find("\n") + 1
    return 1 if style in _ESCAPES else 0
