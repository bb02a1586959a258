r"""The part of regular expressions that HAProxy (PCRE2) and Python read alike, and read quickly.

Allowed: characters, ``.``, ``^``, ``$``, classes such as ``[a-z0-9_-]``, ``\d \w \s \b`` and
their contraries, escaped punctuation, groups ``(…)`` and ``(?:…)``, ``|``, and the repetitions
``* + ? {m} {m,} {m,n}``. Left out is what the two read differently (inline flags, named groups,
possessive repetitions, POSIX classes), what looks around or back, and what can take exponential
time: a repeated group may hold neither repetitions nor alternatives.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import Final

from gateways.domain.characters import first_unfit, named

LONGEST_PATTERN: Final = 256
MOST_REPEATS: Final = 100
MOST_UNBOUNDED: Final = 4
"""Each further ``*`` or ``+`` multiplies the time of the worst case by the length of the value."""
DEEPEST_GROUP: Final = 8

_CLASS_ESCAPES: Final = frozenset("dDwWsS")
_ESCAPES: Final = _CLASS_ESCAPES | {"b", "B"}
_PUNCTUATION: Final = frozenset(string.punctuation)
_RANGES: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_BRACES: Final = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\}", re.ASCII)


class PatternUnsafe(ValueError):
    """A pattern outside the safe part.

    Attributes:
        offset: index of the offending character in the pattern.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def check_pattern(text: str) -> None:
    """Refuse a pattern outside the safe part. Takes time linear in its length.

    Raises:
        PatternUnsafe: with what is wrong and where.
    """
    if len(text) > LONGEST_PATTERN:
        raise PatternUnsafe(f"a pattern has at most {LONGEST_PATTERN} characters", LONGEST_PATTERN)
    if (unfit := first_unfit(text)) is not None:
        raise PatternUnsafe(f"a pattern cannot have {named(text[unfit])} in it", unfit)
    _Scan(text).whole()


@lru_cache(maxsize=1024)
def compiled(text: str) -> re.Pattern[str]:
    """Return the pattern compiled as HAProxy understands it: on bytes, in exact case.

    Raises:
        PatternUnsafe: as `check_pattern`.
    """
    check_pattern(text)
    return re.compile(text, re.ASCII)


class _Scan:
    """One walk over a pattern. A method returns whether what it read may stand in a repetition."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.unbounded = 0

    def whole(self) -> None:
        self.alternatives(0)
        if self.at < len(self.text):
            raise PatternUnsafe("a ) without its (", self.at)

    def alternatives(self, depth: int) -> bool:
        simple = self.sequence(depth)
        while self.peek() == "|":
            self.at += 1
            self.sequence(depth)
            simple = False
        return simple

    def sequence(self, depth: int) -> bool:
        simple, start = True, self.at
        while self.at < len(self.text) and self.peek() not in ("|", ")"):
            atom_start = self.at
            repeatable = self.atom(depth)
            if self.repetition(atom_start, repeatable=repeatable):
                simple = False
            simple = simple and repeatable
        return simple and self.at > start

    def atom(self, depth: int) -> bool:
        char = self.text[self.at]
        if char == "(":
            return self.group(depth)
        if char == "[":
            self.character_class()
            return True
        if char == "\\":
            return self.escape(_ESCAPES) not in ("b", "B")
        if char in "*+?{":
            raise PatternUnsafe(
                f"{char} has nothing to repeat; for the character write \\{char}", self.at
            )
        if char in "]}":
            raise PatternUnsafe(f"write \\{char} for the character {char}", self.at)
        self.at += 1
        return char not in "^$"

    def group(self, depth: int) -> bool:
        start = self.at
        if depth == DEEPEST_GROUP:
            raise PatternUnsafe(f"groups are nested deeper than {DEEPEST_GROUP}", start)
        self.at += 1
        if self.peek() == "?":
            if not self.text.startswith("?:", self.at):
                raise PatternUnsafe("groups that begin with (? are not allowed, except (?:", start)
            self.at += 2
        simple = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise PatternUnsafe("a ( without its )", start)
        self.at += 1
        return simple

    def repetition(self, start: int, *, repeatable: bool) -> bool:
        """Read what follows an atom; return whether it is repeated or optional."""
        char, at = self.peek(), self.at
        if char not in ("*", "+", "?", "{"):
            return False
        least, most = self.bounds()
        if (
            least > MOST_REPEATS
            or (most or 0) > MOST_REPEATS
            or (most is not None and most < least)
        ):
            raise PatternUnsafe(f"repetitions go from 0 to {MOST_REPEATS}, upwards", at)
        if self.text[start] in "^$" or self.text[start : start + 2] in ("\\b", "\\B"):
            raise PatternUnsafe("a place in the text cannot be repeated", at)
        if not repeatable and (least, most) != (0, 1):
            message = "a repeated group may hold neither repetitions nor alternatives"
            raise PatternUnsafe(message, at)
        if most is None:
            self.unbounded += 1
            if self.unbounded > MOST_UNBOUNDED:
                raise PatternUnsafe(f"more than {MOST_UNBOUNDED} unbounded repetitions", at)
        if self.peek() in ("*", "+", "?", "{"):
            raise PatternUnsafe("lazy, possessive and doubled repetitions are not allowed", self.at)
        return True

    def bounds(self) -> tuple[int, int | None]:
        char = self.text[self.at]
        if char != "{":
            self.at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        found = _BRACES.match(self.text, self.at)
        if found is None:
            raise PatternUnsafe(
                "{ begins a repetition such as {2,5}; write \\{ for the brace", self.at
            )
        self.at = found.end()
        least = int(found[1])
        if not found[2]:
            return least, least
        return least, int(found[3]) if found[3] else None

    def character_class(self) -> None:
        start = self.at
        self.at += 1
        if self.peek() == "^":
            self.at += 1
        first = self.at
        while self.peek() != "]":
            self.class_member(start, first)
        inside = self.text[first : self.at]
        if not inside:
            raise PatternUnsafe("a class of characters is empty", start)
        if len(inside) > 1 and inside[0] == inside[-1] and inside[0] in ":.=":
            raise PatternUnsafe(f"a class cannot begin and end with {inside[0]}", start)
        self.at += 1

    def class_member(self, start: int, first: int) -> None:
        if self.at >= len(self.text):
            raise PatternUnsafe("a [ without its ]", start)
        char, following = self.text[self.at], self.text[self.at + 1 : self.at + 2]
        if char == "\\":
            self.escape(_CLASS_ESCAPES)
        elif char == "[" or (char in "&|~" and following == char):
            raise PatternUnsafe(f"write \\{char} for the character {char} in a class", self.at)
        elif char == "-" and self.at != first and following != "]":
            raise PatternUnsafe(
                "a - stands first or last in a class, or between two letters", self.at
            )
        elif following == "-" and self.text[self.at + 2 : self.at + 3] not in ("]", ""):
            self.range()
            return
        else:
            self.at += 1
            return

    def range(self) -> None:
        low, high = self.text[self.at], self.text[self.at + 2]
        if not any(low in kind and high in kind and low <= high for kind in _RANGES):
            raise PatternUnsafe(f"{low}-{high} is not a range of letters or digits", self.at)
        self.at += 3

    def escape(self, letters: frozenset[str]) -> str:
        following = self.text[self.at + 1 : self.at + 2]
        if not following or (following not in letters and following not in _PUNCTUATION):
            raise PatternUnsafe(f"\\{following} is not allowed here", self.at)
        self.at += 2
        return following

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]
