"""One colour per version, derived from its name, the same on every page and chart.

The stylesheet turns a slot into a colour with enough contrast in the light and in the dark theme.
Colour is never the only sign: a name always stands beside it.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

SLOTS: Final = 36
"""Hues in the stylesheet, ten degrees apart."""

_NUMBERS: Final = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?", re.ASCII)
_TURNS: Final = (211.7, 137.508, 79.3)
"""Degrees for one more in the major, minor and patch number. Neighbours in a release differ by one
in one of them, so they land far apart on the wheel; 137.508° is the golden angle, which keeps many
successors apart as well."""
_FIRST: Final = 40.0


def hue_slot(version: str) -> int:
    """Return the slot, 0 to `SLOTS` - 1, of the colour that stands for `version`."""
    found = _NUMBERS.match(version)
    if found is None:
        return zlib.crc32(version.encode()) % SLOTS
    numbers = [int(part or 0) for part in found.groups()]
    turned = _FIRST + sum(n * turn for n, turn in zip(numbers, _TURNS, strict=True))
    suffix = version[found.end() :]
    if suffix:
        turned += zlib.crc32(suffix.encode()) % 360
    return round(turned % 360 / 360 * SLOTS) % SLOTS
