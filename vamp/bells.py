"""The two doorbells of this machine's processes that the outbox and the event stream ring."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from vamp.doorbell import Doorbell


def committed() -> Doorbell:
    """Return the bell that rings when events were committed; the relay listens."""
    return _bell(settings.STATE_DIR, "committed")


def positioned() -> Doorbell:
    """Return the bell that rings when events have reached the stream; consumers and SSE listen."""
    return _bell(settings.STATE_DIR, "positioned")


@cache
def _bell(state: Path, name: str) -> Doorbell:
    return Doorbell(state / "doorbells" / name)
