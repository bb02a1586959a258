from __future__ import annotations

import pytest

from vamp.cli.wording import cell, counted, field_of, moment, visible


@pytest.mark.parametrize(
    ("pointer", "field"),
    [("", ""), ("/routes/0/weight", "routes[0].weight"), ("/0/name", "[0].name"), ("/a~1b", "a/b")],
)
def test_field__of_a_pointer__reads_as_people_write_it(pointer, field):
    assert field_of(pointer) == field


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (False, "no"), (0, "0"), (["a", "b"], "a, b"),
        ({"a": 1}, "a=1"), ("two\nlines", "two lines"), ("\x1b[31m", "\\x1b[31m"),
    ],
)  # fmt: skip
def test_cell__any_value__is_one_harmless_line(value, text):
    assert cell(value) == text


def test_visible__marks_that_turn_the_writing__are_written_out():
    assert visible("a\u202eb") == "a\\x202eb"


def test_moment__iso_time__loses_its_fraction():
    assert moment("2026-03-01T12:00:07.123456Z") == "2026-03-01 12:00:07"


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [(1, "gateway", "1 gateway"), (2, "gateway", "2 gateways"), (3, "policy", "3 policies")],
)
def test_counted__number_and_noun__agree(number, noun, text):
    assert counted(number, noun) == text
