"""Documents whose address says which they are."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from vamp.documents.source import Source
from vamp.errors import Fault, Invalid


def named(source: Source | dict[str, Any], name: str) -> Source:
    """Return the document, which must have the name that its address has.

    Raises:
        Invalid: it has another.
    """
    source = source if isinstance(source, Source) else Source.of(source)
    given = source.value.get("name", name)
    if given != name:
        message = f"the document's name is {given!r}, and the address says {name}"
        fault = Fault("/name", message, "a name cannot be changed", code="name")
        raise Invalid(faults=[source.located(fault)])
    return source


def merged(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return `document` with a JSON merge patch (RFC 7396) done to it; neither is changed."""
    found = deepcopy(document)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict):
            below = found.get(key)
            found[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            found[key] = deepcopy(value)
    return found
