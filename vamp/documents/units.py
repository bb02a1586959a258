"""Quantities as people write them: shares such as ``12.5%``, durations such as ``1h30m``.

In a document (JSON mode of pydantic) both are text. In Python a share is an integer in hundredths
of a percent and a duration a `timedelta` of whole milliseconds; nothing is ever a float.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from vamp.documents.errors import refusal

WHOLE_HUNDREDTHS: Final = 10_000
"""100 %, in hundredths of a percent."""

LONGEST_DURATION: Final = timedelta(days=3650)

PERCENT_PATTERN: Final = r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)%$"
DURATION_PATTERN: Final = (
    r"^(?=[0-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,12}ms)?$"
)

_PERCENT_TEXT: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%", re.ASCII)
_DURATION_TEXT: Final = re.compile(DURATION_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)
_UNITS_MS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def parse_percent(text: str) -> int:
    """Return the share that `text` writes, in hundredths of a percent: ``"12.5%"`` → 1250.

    Raises:
        ValueError: it is not a share from 0 % to 100 % with at most two decimals.
    """
    found = _PERCENT_TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a share such as 12.5%")
    hundredths = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if hundredths > WHOLE_HUNDREDTHS:
        raise ValueError(f"{text} is more than 100%")
    return hundredths


def format_percent(hundredths: int) -> str:
    """Return a share as text without superfluous decimals: 1250 → ``"12.5%"``, 900 → ``"9%"``."""
    whole, rest = divmod(hundredths, 100)
    decimals = f".{rest:02}".rstrip("0") if rest else ""
    return f"{whole}{decimals}%"


def parse_duration(text: str) -> timedelta:
    """Return the duration that `text` writes, exact to the millisecond: ``"1h30m"``, ``"250ms"``.

    Raises:
        ValueError: it is no duration, or one over ten years.
    """
    found = _DURATION_TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration such as 30s")
    total_ms = sum(
        int(part.removesuffix(unit)) * factor
        for part, (unit, factor) in zip(found.groups(), _UNITS_MS, strict=True)
        if part
    )
    if total_ms > LONGEST_DURATION // timedelta(milliseconds=1):
        raise ValueError(f"{text} is longer than ten years")
    return timedelta(milliseconds=total_ms)


def format_duration(duration: timedelta) -> str:
    """Return a duration as text, largest unit first: 90 s → ``"1m30s"``, nothing → ``"0s"``.

    A part smaller than a millisecond is cut off.
    """
    rest_ms = duration // timedelta(milliseconds=1)
    text = ""
    for unit, factor in _UNITS_MS:
        count, rest_ms = divmod(rest_ms, factor)
        if count:
            text += f"{count}{unit}"
    return text or "0s"


def _percent(value: Any, info: ValidationInfo) -> int:
    if info.mode == "python" and isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= WHOLE_HUNDREDTHS:
            return value
        raise refusal("percent", f"{value} hundredths of a percent are outside 0 to 10000")
    if isinstance(value, str):
        try:
            return parse_percent(value)
        except ValueError as error:
            raise refusal("percent", str(error), hint="write 0% to 100%, such as 12.5%") from None
    hint = (
        f"write {value}%" if isinstance(value, int | float) and not isinstance(value, bool) else ""
    )
    raise refusal("percent", "must be a share written with a percent sign", hint=hint)


def _duration(value: Any, info: ValidationInfo) -> timedelta:
    if info.mode == "python" and isinstance(value, timedelta):
        if timedelta() <= value <= LONGEST_DURATION and not value.microseconds % 1000:
            return value
        raise refusal(
            "duration", f"{value} is not a duration of whole milliseconds up to ten years"
        )
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            hint = "write it with units, such as 250ms, 30s, 5m, 1h30m or 1d"
            raise refusal("duration", str(error), hint=hint) from None
    hint = f"write {value}s" if isinstance(value, int) and not isinstance(value, bool) else ""
    raise refusal("duration", "must be a duration written with its unit", hint=hint)


Percent = Annotated[
    int,
    BeforeValidator(_percent),
    PlainSerializer(format_percent, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PERCENT_PATTERN, "examples": ["90%", "12.5%"]}),
]
"""A share in hundredths of a percent; in documents text such as ``12.5%``."""

Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["250ms", "1h30m"]}),
]
"""A duration of whole milliseconds; in documents text such as ``30s``."""
