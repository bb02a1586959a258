"""Text as people read it: fields, times, and nothing that a terminal would take for a command."""

from __future__ import annotations

import re
from typing import Any

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, escapes, and marks that turn the direction of writing."""


def visible(text: str) -> str:
    """Return `text` with what a terminal would act upon written out: titles are other people's."""
    return _UNSEEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def field_of(pointer: str) -> str:
    """Return a JSON pointer as people write fields: ``/routes/0/weight`` → ``routes[0].weight``."""
    field = ""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if name.isdecimal():
            field += f"[{name}]"
        else:
            field += f".{name}" if field else name
    return field


def cell(value: Any) -> str:
    """Return a value as it stands in a table: one line, empty for nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}={cell(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(inner) for inner in value)
    return visible(" ".join(str(value).split()))


def moment(value: Any) -> str:
    """Return an ISO time as ``2026-03-01 12:00:07``, in UTC as the API gives it."""
    text = str(value or "")
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)?$", text)
    return f"{found[1]} {found[2]}" if found else cell(value)


def counted(number: int, noun: str) -> str:
    """Return ``1 gateway``, ``2 gateways``, ``3 policies``."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"
    return f"{number} {plural}"
