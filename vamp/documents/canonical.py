"""One text for each JSON value, however a database keeps its keys."""

from __future__ import annotations

import json
from typing import Any


def canonical(value: Any) -> str:
    """Return `value` as JSON with sorted keys and no spaces. Pure."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
