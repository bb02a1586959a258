"""Where the present request came from, as its entries tell."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the present request came from. Empty outside a request.

    Attributes:
        source_address: of whoever sent it.
        request_id: given to it, or by it.
        token: ``<prefix>/<name>`` of the API token that it came with, empty for a session.
    """

    source_address: str | None = None
    request_id: str = ""
    token: str = ""


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("vamp_origin", default=NOWHERE)


def came_with(token: str) -> None:
    """Note which API token the present request came with; forgotten at its end.

    Outside a request nothing is noted: a thread that goes on to other work would keep it.

    Args:
        token: ``<prefix>/<name>``, nothing that could be used to log in.
    """
    here = origin.get()
    if here is not NOWHERE:
        origin.set(replace(here, token=token))
