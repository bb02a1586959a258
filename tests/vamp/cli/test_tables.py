from __future__ import annotations

import io

import pytest

from vamp.cli.kind import Column
from vamp.cli.kinds import kind_named
from vamp.cli.surroundings import Surroundings
from vamp.cli.tables import described, table

COLUMNS = [Column("NAME", "name"), Column("WHAT", "what"), Column("WIDE", "wide", is_wide=True)]
ROWS = [{"name": "shop", "what": "word " * 30, "wide": "w" * 30}, {"name": "api", "what": "x"}]


def drawn(columns, rows, *, width=80, colour=False):
    around = Surroundings(environ={}, stdout=io.StringIO(), is_terminal=True, columns=width)
    return table(around, columns, rows, has_colour=colour)


def test_pipe__any_width__cuts_nothing_and_gives_a_line_a_row():
    around = Surroundings(environ={}, stdout=io.StringIO(), columns=20)

    lines = table(around, COLUMNS, ROWS, has_colour=False).splitlines()

    assert len(lines) == 3
    assert "w" * 30 in lines[1]
    assert lines[0].split() == ["NAME", "WHAT", "WIDE"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_terminal__any_width__is_never_wider(width):
    assert max(map(len, drawn(COLUMNS, ROWS, width=width).splitlines())) <= width


def test_terminal__no_room__leaves_the_wide_columns_out():
    assert "WIDE" not in drawn(COLUMNS, ROWS)
    assert "WIDE" in drawn(COLUMNS, [{"name": "a", "what": "b", "wide": "c"}])


def test_terminal__brackets_and_escapes__are_text():
    text = drawn(COLUMNS, [{"name": "[red]x[/red]", "what": "\x1b[2J"}])

    assert "[red]x[/red]" in text
    assert "\x1b" not in text


def test_terminal__colour__is_for_titles_alone():
    assert "\x1b[1m" in drawn(COLUMNS, ROWS, colour=True)
    assert "\x1b" not in drawn(COLUMNS, ROWS)


def test_audit__at_80_columns__keeps_one_line_an_entry():
    row = {
        "at": "2026-03-01T12:00:07.1Z", "actor": "acme/somebody", "verb": "environment.created",
        "name": "acme/production", "source_address": "192.168.100.200", "request_id": "a" * 16,
    }  # fmt: skip

    assert len(drawn(kind_named("audit").columns, [row] * 3).splitlines()) == 4


def test_described__nested_things__stand_below_their_names():
    text = described({"name": "x", "is_live": True, "routes": [{"name": "a"}, {"name": "b"}]}, 80)

    assert text.splitlines() == [
        "name:    x", "is live: yes", "routes:", "  - name: a", "  - name: b",
    ]  # fmt: skip
