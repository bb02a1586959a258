from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

import pytest

from vamp.logs import Formatter

AT = datetime(2026, 3, 1, 12, 0, 1, 250_000, tzinfo=UTC).timestamp()


def record(message="release.started", *, error=None, **extra):
    made = logging.getLogger("policies").makeRecord(
        "policies", logging.INFO, "policies/tasks.py", 1, message, (), error, extra=extra
    )
    made.created, made.msecs = AT, 250.0
    return made


@pytest.fixture
def error():
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        return sys.exc_info()


def test_format__text__is_one_line_with_the_extras():
    line = Formatter("text").format(record(environment="acme/production", number=3))

    assert line == (
        "2026-03-01T12:00:01.250Z info    policies: release.started"
        " environment=acme/production number=3"
    )


def test_format__text_with_line_breaks_from_outside__stays_one_line():
    line = Formatter("text").format(record("no\nsuch", path="/a\r\n2026-03-01 info forged"))

    assert line.splitlines() == [line]
    assert r"no\nsuch path=/a\r\n2026-03-01 info forged" in line


def test_format__text_with_an_exception__its_traceback_follows(error):
    lines = Formatter("text").format(record(error=error)).splitlines()

    assert lines[0].endswith("policies: release.started")
    assert lines[1].startswith("Traceback")
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_format__json__is_one_object_with_the_extras():
    line = Formatter("json").format(record("two\nlines", environment="acme/production", number=3))

    assert line.splitlines() == [line]
    assert json.loads(line) == {
        "at": "2026-03-01T12:00:01.250Z",
        "level": "info",
        "logger": "policies",
        "event": "two\nlines",
        "environment": "acme/production",
        "number": 3,
    }


def test_format__json_with_an_exception__it_is_a_field(error):
    found = json.loads(Formatter("json").format(record(error=error)))

    assert found["error"].endswith("ZeroDivisionError: division by zero")


def test_format__json_with_what_json_does_not_know__writes_it_as_text(tmp_path):
    found = json.loads(Formatter("json").format(record(path=tmp_path)))

    assert found["path"] == str(tmp_path)


def test_format__arguments_of_the_message__are_put_in():
    made = record("%s of %d")
    made.args = ("one", 2)

    assert "one of 2" in Formatter("text").format(made)
