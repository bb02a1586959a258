from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.vamp.demo.story import FINDINGS
from vamp.demo.judgement import measure
from vamp.demo.report import print_report


def printed(wrong, **measured):
    out = io.StringIO()
    numbers = replace(measure(FINDINGS), **measured)
    print_report(Console(file=out, width=80), FINDINGS, numbers, wrong)
    return out.getvalue()


def test_report__all_of_it_happened__ends_with_pass_and_fits_80_columns():
    lines = printed(()).splitlines()

    assert lines[-1] == "PASS"
    assert max(map(len, lines)) <= 80


def test_report__numbers__are_those_measured():
    text = printed(())

    rows = {line[:33].strip(): line[33:].strip() for line in text.splitlines()}
    assert rows["users taken off the target"] == "0"
    assert rows["release 2: 1.1.0 → 1.2.0"] == "rolled back"
    for words in (
        "7,800 at 120/s, never retried",
        "failed outside 1.2.0",
        "release 1: 1.0.0 → 1.1.0",
        "step half, 50 %",
        "release 2: 1.1.0 → 1.2.0",
        "users taken off the target",
        "failing verdict → rollback live",
    ):
        assert words in text
    assert text.count(" ✓ ") == 6
    assert "once in 1,000,000 runs" in text


@pytest.mark.parametrize(
    ("took_s", "told"),
    [
        (None, "there was none"),
        (0.0, "no request reached 1.2.0 after the verdict"),
        (0.0574, "0.057 s"),
    ],
)
def test_report__rollback__is_told_in_seconds_or_in_words(took_s, told):
    lines = printed((), rollback_s=took_s).splitlines()

    line = next(line for line in lines if "rollback live" in line)
    assert line.split("live")[1].strip() == told
    assert max(map(len, lines)) <= 80


def test_report__something_is_wrong__ends_with_every_reason_in_one_line():
    assert printed(["a " * 60, "b"]).splitlines()[-1] == f"FAIL: {'a ' * 60}; b"
