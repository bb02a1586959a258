from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.vamp.demo.releases import evaluation, release
from vamp.demo.ledger import Recent
from vamp.demo.screen import screen
from vamp.demo.view import Frame, LineView, ScreenView, view_for

RECENT = Recent(12_345, {"1.2.0": 31, "": 2}, 160.4, {"1.1.0": 0.9012, "1.2.0": 0.0988})


def release_in_tenth(**more):
    verdicts = (
        evaluation(1, step=1, verdict="inconclusive", value=None),
        evaluation(2, step=1, verdict="fail", value=0.2041),
        evaluation(2, step=1, condition="latency", metric="latency_p95", value=4.25),
    )
    return release(step=1, number=2, target="1.2.0", evaluations=verdicts, **more)


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


def lines_of(view_type, act, **more):
    out, ticks = io.StringIO(), iter(range(1000))
    console = Console(file=out, width=80, **more)
    with view_type(console, clock_s=lambda: float(next(ticks))) as view:
        act(view)
    return out.getvalue()


def test_lines__frames__tell_each_verdict_once_and_the_traffic_now_and_then():
    frame = Frame("acme/production", RECENT, release_in_tenth())

    def act(view):
        view.note("something happened [not markup]")
        for _ in range(12):
            view.show(frame)

    text = lines_of(LineView, act)

    assert "\x1b" not in text
    assert "something happened [not markup]" in text
    assert text.count("tenth 10 %: errors 20.4 %, baseline 2 %: fail") == 1
    assert text.count("tenth 10 %: latency 4.25 ms, baseline 0.02 ms: pass") == 1
    assert text.count("errors -, baseline 2 %: inconclusive") == 1
    assert 2 <= text.count("160 requests/s, 12345 sent, split 1.1.0 90.1 %, 1.2.0 9.9 %;") <= 4


def test_lines__next_release__tells_its_verdicts_too():
    def act(view):
        for each in (release_in_tenth(), release(number=3, evaluations=(evaluation(1),))):
            view.show(Frame("", RECENT, each))

    assert "testers 0 %: errors 0 %, baseline 2 %: pass" in lines_of(LineView, act)


def test_screen_view__in_a_terminal__leaves_its_notes_behind():
    def act(view):
        view.note("it began")
        view.show(Frame("acme/production", RECENT, release_in_tenth()))

    text = lines_of(ScreenView, act, force_terminal=True)

    assert "acme/production" in text
    assert text.rstrip().splitlines()[-1].endswith("it began")


@pytest.mark.parametrize(
    ("is_terminal", "variables", "expected"),
    [
        (True, {"TERM": "xterm-256color"}, ScreenView),
        (True, {"TERM": "dumb"}, LineView),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, LineView),
        (False, {"TERM": "xterm"}, LineView),
    ],
)
def test_view_for__kind_of_output__is_fitting(is_terminal, variables, expected, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TERM", raising=False)
    console = Console(file=io.StringIO(), force_terminal=is_terminal)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert isinstance(view_for(console), expected)
