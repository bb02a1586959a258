"""The hint that agents are sent when something was published, so that they need not find out.

It may be lost, come twice or come late: an agent acts on it only where it can tell that it brings
something newer, and looks at the manifest all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateways.haproxy.manifest import ManifestEntry

MOST_NAMED = 50
"""A hint names no more gateways than this; beyond it the manifest is the shorter way."""


def hint_subject(organisation: str, environment: str) -> str:
    """Return where the environment's agents listen. Too short for an event: nothing stores it."""
    return f"vamp.{organisation}.{environment}.gateways.hint"


def hint_content(entries: Mapping[str, ManifestEntry]) -> dict[str, Any]:
    """Return the hint that these parts were published; of none, that the manifest has changed."""
    if len(entries) > MOST_NAMED:
        entries = {}
    return {"parts": {name: [entry.generation, entry.sha256] for name, entry in entries.items()}}


def hinted(content: Mapping[str, Any]) -> Mapping[str, ManifestEntry]:
    """Read what `hint_content` wrote; what cannot be read names nothing."""
    parts = content.get("parts")
    if not isinstance(parts, dict):
        return {}
    try:
        return {
            str(name): ManifestEntry(int(generation), str(sha256))
            for name, (generation, sha256) in parts.items()
        }
    except (TypeError, ValueError):
        return {}
