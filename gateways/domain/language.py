"""What the languages of conditions and selectors share: refusals, quoting, limits, error words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from gateways.domain.characters import first_unfit, named
from vamp.errors import Fault

LONGEST_TEXT: Final = 4096
DEEPEST: Final = 32

QUOTED: Final = r""""(?:[^"]|"")*"|'(?:[^']|'')*'"""
"""A quoted text as a regular expression: inside, the quote itself is written twice."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing wrong in a text: at the character with index `offset`."""

    offset: int
    message: str
    hint: str = ""

    def fault(self, text: str, code: str) -> Fault:
        """Return it as a fault with line and column, from 1, in `text`."""
        before = text[: self.offset]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        return Fault("", self.message, self.hint, line, column, code)


Explain = Callable[[str, int, frozenset[str]], Refusal]
"""Makes a refusal of the text, the offset, and the names of the terminals that could stand there."""


def parse_tree(parser: Lark, text: str, explain: Explain) -> Tree[Any] | Refusal:
    """Return the tree of `text`, or why there is none. Takes time linear in its length."""
    if len(text) > LONGEST_TEXT:
        return Refusal(LONGEST_TEXT, f"longer than {LONGEST_TEXT} characters")
    if not text.strip():
        return Refusal(0, "there is nothing in it", "leave it out, or write `true`")
    if (deep := _too_deep(text)) is not None:
        return Refusal(deep, f"brackets are nested deeper than {DEEPEST}")
    try:
        tree: Tree[Any] = parser.parse(text)
    except UnexpectedInput as error:
        offset, expected = _where(error, text)
        return _unfit(text, offset) or explain(text, offset, expected)
    return tree


def unquoted(text: str) -> str:
    """Return a value without the quotes around it, if it has any."""
    if text[:1] not in ("'", '"'):
        return text
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def quoted(value: str) -> str:
    """Return a value in double quotes, or in single ones where those save doubling."""
    if '"' in value and "'" not in value:
        return f"'{value}'"
    return '"' + value.replace('"', '""') + '"'


def in_words(expected: frozenset[str], words: Mapping[str, str]) -> str:
    """Return what could stand at a place as a phrase: "`and`, `or` or the end"."""
    found = list(dict.fromkeys(word for name, word in words.items() if name in expected))
    if len(found) < 2:
        return found[0] if found else "nothing more"
    return f"{', '.join(found[:-1])} or {found[-1]}"


def word_at(text: str, offset: int) -> str:
    """Return what stands at a place as an error may show it, cut to 40 characters."""
    found = re.match(r"""[^\s()<>|&"',=!]+|\S""", text[offset:])
    return found[0][:40] if found is not None else ""


def _where(error: UnexpectedInput, text: str) -> tuple[int, frozenset[str]]:
    expected: frozenset[str] = frozenset()
    at: Any = error.pos_in_stream
    offset = at if isinstance(at, int) else len(text)
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            offset = len(text.rstrip())
        expected = frozenset(error.accepts or error.expected)
    elif isinstance(error, UnexpectedCharacters):
        parser = getattr(error, "interactive_parser", None)
        expected = frozenset(parser.accepts() if parser is not None else error.allowed or ())
    return offset, expected


def _unfit(text: str, offset: int) -> Refusal | None:
    # A word that cannot be read often looks like one that can: name its first strange character.
    word = word_at(text, offset)
    unfit = first_unfit(word)
    if unfit is None:
        return None
    hint = "write it again on a plain keyboard" if word[unfit].isalpha() else "remove it"
    return Refusal(offset + unfit, f"{named(word[unfit])} is not allowed", hint)


def _too_deep(text: str) -> int | None:
    depth = 0
    for found in re.finditer(rf"{QUOTED}|[()]", text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > DEEPEST:
            return found.start()
    return None
