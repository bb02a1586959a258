"""What keeps raw lines, put together: their buffer, their documents, and the thread that ships."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateways.agent.faults import Faults
from gateways.agent.raw import Documents, LineBuffer
from gateways.agent.rollup import Labels
from gateways.agent.settings import Settings
from gateways.agent.ship_lines import LineShipper
from vamp.ports.lines import LineStore


@dataclass(frozen=True, slots=True)
class LineKeeping:
    """Both ends of the way that raw lines take."""

    buffer: LineBuffer
    shipper: LineShipper


def line_keeping(
    settings: Settings,
    boot: str,
    store: LineStore | None,
    labels: Callable[[], Labels],
    faults: Faults,
) -> LineKeeping | None:
    """Return how lines are kept; None where there is no store, or none of them is wanted."""
    if store is None or not settings.lines_sample:
        return None
    buffer = LineBuffer(share=settings.lines_sample, limit_bytes=settings.lines_buffer_mb << 20)
    documents = Documents(settings.name, boot, settings.lines_sample, labels)
    return LineKeeping(buffer, LineShipper(buffer, documents, store, faults))
