from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.vamp.demo.releases import RECENT, evaluation, release, release_in_tenth
from vamp.demo.view import Frame, LineView, ScreenView, view_for


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
