"""Which characters may stand in what is written into configurations, and how others are named."""

from __future__ import annotations

import unicodedata


def first_unfit(text: str) -> int | None:
    """Return the index of the first character that is not printable ASCII, or None.

    Printable are U+0020 (space) to U+007E; so no control character, no line break and no letter
    that only looks like another.
    """
    return next((index for index, char in enumerate(text) if not " " <= char <= "~"), None)


def named(character: str) -> str:
    """Return a character as an error may show it: ``the character U+0430 (CYRILLIC SMALL LETTER A)``."""
    name = unicodedata.name(character, "a control character" if ord(character) < 160 else "unnamed")
    return f"the character U+{ord(character):04X} ({name})"
