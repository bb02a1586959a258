"""What a plain scalar means: few rules, so that nothing is taken for what its writer did not mean.

``true``, ``false`` and ``null`` are themselves, decimal numbers are numbers, and all the rest is
text: ``on``, ``NO``, ``12:30:00``, ``0755``, ``0x1f``, ``1_000`` and ``2026-01-31`` too.
"""

from __future__ import annotations

import math
import re
from typing import Final

MOST_DIGITS: Final = 30

_WORDS: Final[dict[str, bool | None]] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "null": None,
    "Null": None,
    "NULL": None,
    "~": None,
    "": None,
}
_WHOLE: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_FRACTION: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)


def plain_value(text: str) -> str | int | float | bool | None:
    """Return what a scalar without quotes stands for.

    Raises:
        ValueError: it is a number too large to be meant.
    """
    if text in _WORDS:
        return _WORDS[text]
    if not _FRACTION.fullmatch(text):
        return text
    if len(text) > MOST_DIGITS:
        raise ValueError(
            "a number of more digits than can be meant; put it in quotes if it is text"
        )
    if _WHOLE.fullmatch(text):
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number too large; put it in quotes if it is text")
    return number
