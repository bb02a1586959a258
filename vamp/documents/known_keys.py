"""Which keys a model knows at a place in the document, for hints about unknown ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel


def known_keys(model: type[BaseModel], steps: Iterable[str | int]) -> frozenset[str]:
    """Return the keys that the mapping at `steps` may have; of a union, those of all members."""
    schema = _schema(model)
    places = [schema]
    for step in steps:
        places = [below for place in places for below in _below(schema, place, step)]
    found = (member.get("properties", {}) for place in places for member in _members(schema, place))
    return frozenset(key for properties in found for key in properties)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that `word` is most likely a misspelling of, or an empty text."""
    lower = {known_word.lower(): known_word for known_word in known}
    close = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return lower[close[0]] if close else ""


@lru_cache(maxsize=64)
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _members(schema: dict[str, Any], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in place:
        place = schema["$defs"][place["$ref"].rpartition("/")[2]]
    yield place
    for union in ("anyOf", "oneOf", "allOf"):
        for member in place.get(union, ()):
            yield from _members(schema, member)


def _below(
    schema: dict[str, Any], place: dict[str, Any], step: str | int
) -> Iterator[dict[str, Any]]:
    for member in _members(schema, place):
        if isinstance(step, int):
            below = member.get("items")
        else:
            below = member.get("properties", {}).get(step, member.get("additionalProperties"))
        if isinstance(below, dict):
            yield below
