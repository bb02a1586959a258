from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from tenants.management.audit_report import as_json, exit_code, show
from vamp.audit.findings import Finding, Tail, Verdict, What

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FINDING = Finding(What.EDITED, 3, 7, "acme", "entry 7 at position 3 [odd] says something else")


def verdict(*findings, waits_s=None, more=0):
    tail = Tail(1, NOW - timedelta(seconds=waits_s)) if waits_s is not None else Tail(0, None)
    return Verdict("default", 9, 9, findings, more, 4, tail)


@pytest.mark.parametrize(
    ("verdicts", "failures", "expected"),
    [
        ([verdict()], [], 0),
        ([verdict(waits_s=5)], [], 0),
        ([verdict(waits_s=100)], [], 4),
        ([verdict(waits_s=100)], ["x"], 3),
        ([verdict(FINDING)], ["x"], 1),
    ],
)
def test_exit_code__of_what_was_found__is_the_worst(verdicts, failures, expected):
    assert exit_code(verdicts, failures, NOW) == expected


def test_show__for_people__names_each_thing():
    out = io.StringIO()

    show(Console(file=out), [verdict(FINDING, waits_s=100, more=3)], ["other: away"], NOW)

    text = out.getvalue()
    for words in ("not whole", "4 forgotten", "entry 7 at position 3 [odd]", "[acme]", "nobody seals",
                  "and 3 more", "not checked  other: away"):  # fmt: skip
        assert words in text


def test_as_json__something_not_checked__is_not_whole():
    found = json.loads(as_json([verdict()], ["other: away"], NOW))

    assert (found["whole"], found["not_checked"]) == (False, ["other: away"])
