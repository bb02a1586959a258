"""Before → after, field by field, as people read it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = object()

LONGEST = 4_000
"""Characters of a value that are shown; the whole stands in the JSON below."""


MOST_PLACES = 3
"""Places of one entry that a search shows."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field.

    Attributes:
        field: where it is, such as ``routes → 0 → weight``.
        kind: ``added``, ``removed``, ``changed`` or ``same``.
        before, after: as text; empty where there is none.
    """

    field: str
    kind: str
    before: str
    after: str


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """Return every field of either side, in order of the after side, then what is gone."""
    old, new = _flat(before or {}), _flat(after or {})
    paths = [*new, *(path for path in old if path not in new)]
    return [_change(path, old.get(path, NOTHING), new.get(path, NOTHING)) for path in paths]


def places(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, words: Sequence[str]
) -> list[str]:
    """Return where words occur, as ``field: before → after``; at most `MOST_PLACES`."""
    wanted = [word.lower() for word in words]
    told = (_told(change) for change in (changes(before, after) if wanted else ()))
    return [said for said in told if any(word in said.lower() for word in wanted)][:MOST_PLACES]


def _told(change: Change) -> str:
    values = (
        [change.before, change.after]
        if change.kind == "changed"
        else [change.after or change.before]
    )
    return f"{change.field}: {' → '.join(values)}"


def _change(path: tuple[str, ...], old: Any, new: Any) -> Change:
    if old is NOTHING:
        kind = "added"
    elif new is NOTHING:
        kind = "removed"
    else:
        # Not by equality alone: 1 and True are equal in Python, and not the same to read.
        kind = "same" if _text(old) == _text(new) else "changed"
    return Change(" → ".join(path) or "value", kind, _text(old), _text(new))


def _flat(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return path → value of everything that holds nothing further."""
    if isinstance(value, Mapping) and value:
        items = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str) and _holds_more(value):
        items = [(_name_of(number, each), each) for number, each in enumerate(value)]
    else:
        return {path: value} if path else {}
    found: dict[tuple[str, ...], Any] = {}
    for key, each in items:
        found |= _flat(each, (*path, key))
    return found


def _holds_more(values: Sequence[Any]) -> bool:
    return any(isinstance(each, Mapping) and each for each in values)


def _name_of(number: int, value: Any) -> str:
    """Return what an item of a list is called: by its name if it has one, so that order matters less."""
    name = value.get("name") if isinstance(value, Mapping) else None
    return str(name) if name else str(number + 1)


def _text(value: Any) -> str:
    if value is NOTHING:
        return ""
    if isinstance(value, str):
        text = value if value else "(empty)"
    elif value is None:
        text = "(none)"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
