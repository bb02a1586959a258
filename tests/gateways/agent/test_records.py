"""Log records as JSON."""

from __future__ import annotations

import json
import logging

from gateways.agent.records import JsonFormatter


def test_json_formatter__event_with_fields__is_one_line():
    error = ValueError("two\nlines")
    record = logging.LogRecord("vga", 30, "f.py", 1, "part.damaged", (), (ValueError, error, None))
    record.gateway = "shop"

    text = JsonFormatter().format(record)

    found = json.loads(text)
    assert "\n" not in text
    assert found["at"].endswith("+00:00")
    assert found["exception"].endswith("two\nlines")
    assert (found["level"], found["logger"], found["event"], found["gateway"]) == (
        "warning", "vga", "part.damaged", "shop",
    )  # fmt: skip
