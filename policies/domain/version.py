"""Versions in the sense of semantic versioning 2.0.0 (semver.org), and how far two are apart."""

from __future__ import annotations

import re
from enum import StrEnum

_VERSION = re.compile(
    r"v?(?P<major>0|[1-9]\d{0,17})(?:\.(?P<minor>0|[1-9]\d{0,17}))?(?:\.(?P<patch>0|[1-9]\d{0,17}))?"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)

SortKey = tuple[object, ...]


class Difference(StrEnum):
    """The greatest part in which a newer version differs from an older one."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    OTHER = "other"


def difference(current: str, new: str) -> Difference:
    """Tell what kind of change `new` is for those who run `current`.

    A change of the pre-release part alone is a patch. OTHER is for what is not newer, and for
    texts that are no semantic versions; a leading ``v`` and missing parts (``1.2``) are taken.
    """
    old_core, new_core = _core(current), _core(new)
    if old_core is None or new_core is None or not is_newer(new, current):
        return Difference.OTHER
    if old_core[0] != new_core[0]:
        return Difference.MAJOR
    return Difference.MINOR if old_core[1] != new_core[1] else Difference.PATCH


def is_newer(new: str, current: str) -> bool:
    """Tell whether `new` comes after `current` in the order of `sort_key`."""
    return sort_key(new) > sort_key(current)


def sort_key(version: str) -> SortKey:
    """Return a key that sorts versions oldest first.

    Semantic versions are ordered by semver.org §11 (build metadata does not count); any other
    text comes before them all, by its letters with the numbers in it as numbers.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        return (0, tuple(_piece(part) for part in re.split(r"(\d+)", version) if part))
    core = _core(version)
    pre = match["pre"]
    if pre is None:
        return (1, core, (1,))
    return (1, core, (0, *(_piece(part) for part in pre.split("."))))


def _core(version: str) -> tuple[int, int, int] | None:
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    return int(match["major"]), int(match["minor"] or 0), int(match["patch"] or 0)


def _piece(text: str) -> tuple[int, int, str]:
    """Numbers sort as numbers and before words (§11.4)."""
    return (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)
