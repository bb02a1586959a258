"""Text in HAProxy's configuration language: one way in, for whatever is not known to be plain."""

from __future__ import annotations

import re
from typing import Final

_UNPLAIN: Final = re.compile(rb"[^A-Za-z0-9._/:,+-]")


def quoted(text: str) -> str:
    r"""Return `text` as one word of a configuration line.

    Every byte that is not a plain letter, digit or one of ``._/:,+-`` is written as ``\xNN``, which
    HAProxy's reader turns back after it has parted words, quotes, comments and variables (its
    manual, section 2.2). So the word can neither end early nor begin anything.

    Raises:
        ValueError: it is empty, or has a control character (NUL and line breaks included).
    """
    if not text or any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError(f"cannot stand in a configuration: {text!r}")
    return _UNPLAIN.sub(lambda found: rf"\x{found[0][0]:02x}".encode(), text.encode()).decode()
