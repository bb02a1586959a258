"""How log lines look: text for people, JSON for machines, one line an event either way.

In text, the lines of a traceback follow the line of their event.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime"}


def _one_line(text: str) -> str:
    """Keep what came from outside from looking like a line of its own."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


class Formatter(logging.Formatter):
    """Writes a record with the fields that were given as ``extra``.

    Args:
        style: ``text`` or ``json``.
    """

    converter = time.gmtime  # type: ignore[assignment]  # its argument may be left out, no more

    def __init__(self, style: str = "text") -> None:
        super().__init__()
        self._is_json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z"
        error = self.formatException(record.exc_info) if record.exc_info else ""
        if self._is_json:
            line: dict[str, Any] = {
                "at": at,
                "level": record.levelname.lower(),
                "logger": record.name,
                "event": record.getMessage(),
                **fields,
            }
            if error:
                line["error"] = error
            return json.dumps(line, default=str)
        shown = "".join(f" {name}={value}" for name, value in fields.items())
        told = _one_line(record.getMessage() + shown)
        text = f"{at} {record.levelname.lower():7} {record.name}: {told}"
        return f"{text}\n{error}" if error else text
