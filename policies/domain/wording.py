"""Numbers and times as people read them in verdicts and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from vamp.documents.units import format_duration


def coarse(length: timedelta) -> str:
    """Return about how long, to the next whole second, or ten seconds from two minutes on."""
    seconds = max(1, -(-length // timedelta(seconds=1)))
    grain = 1 if seconds < 120 else 10
    return format_duration(timedelta(seconds=-(-seconds // grain) * grain))


def clock(moment: datetime) -> str:
    """Return a moment as ``12:04:31``, UTC."""
    return f"{moment:%H:%M:%S}"


def number(value: float) -> str:
    """Return `value` with up to four significant digits and no exponent."""
    if value and abs(value) < 1000:
        digits = 4 - len(str(int(abs(value)))) if abs(value) >= 1 else 4
        text = f"{value:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:,.0f}"


def listing(words: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
