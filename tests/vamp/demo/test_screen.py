from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.vamp.demo.releases import RECENT, release, release_in_tenth
from vamp.demo.screen import screen


def drawn(width=80, **more):
    parts = {"place": "acme/production", "recent": RECENT, "notes": [], "elapsed_s": 67.0}
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(screen(**{**parts, "release": release_in_tenth(), **more}))
    return console.export_text()


def test_screen__everything_to_show__fits_80_columns_and_24_lines():
    lines = drawn(notes=["x" * 300] * 20).splitlines()

    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24


def test_screen__release_in_a_step__shows_split_steps_and_each_condition():
    text = drawn(notes=["01:00 release 2: began"])

    for words in (
        "Vamp acme/production 01:07",
        "160 requests/s   12,345 sent   failed: 31 of 1.2.0, 2 of nobody",
        "90.1 %",
        "release 2: 1.1.0 → 1.2.0  running",
        "✓ testers 0 %   ● tenth 10 %   ○ half 50 %   ○ all 100 %",
        "01:00 release 2: began",
    ):
        assert words in text
    row = next(line for line in text.splitlines() if line.strip("│ ").startswith("errors"))
    assert row.strip("│ ").split() == ["errors", "error_ratio", "20.4", "%", "2", "%", "80", "fail"]


@pytest.mark.parametrize(
    ("status", "step", "marks"),
    [("rolled_back", 1, "✓ testers 0 %   ✗ tenth"), ("succeeded", 3, "✓ all 100 %")],
)
def test_screen__release_is_over__marks_how(status, step, marks):
    assert marks in drawn(release=release(status, step))


def test_screen__bars__are_as_long_as_the_shares():
    bars = [line.count("█") for line in drawn().splitlines() if "█" in line]

    assert bars == [41, 5]


def test_screen__nothing_yet__is_drawn():
    assert "Vamp" in drawn(recent=None, release=None, place="")
