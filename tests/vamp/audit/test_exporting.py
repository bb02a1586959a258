"""Exports: whole, safe to open, and the same digest can be computed from them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vamp.audit.chains import sealed
from vamp.audit.exporting import COLUMNS, ROWS_AT_ONCE, cell, pieces


def test_pieces__as_json_lines__hold_every_field(environment):
    found = sealed(environment.database, 2)

    lines = [json.loads(line) for line in b"".join(pieces(found, "jsonl")).splitlines()]

    assert [tuple(line) for line in lines] == [COLUMNS] * 2
    assert (lines[0]["digest"], lines[1]["position"]) == (found[0].digest, 2)
    assert lines[0]["after"] == {"weight": 1}


def test_pieces__as_csv__have_a_head_and_a_row_each(environment):
    found = sealed(environment.database, 2)

    head, *lines = csv.reader(io.StringIO(b"".join(pieces(found, "csv")).decode()))

    assert tuple(head) == COLUMNS
    assert [line[COLUMNS.index("after")] for line in lines] == ['{"weight": 1}', '{"weight": 2}']
    assert b"".join(pieces([], "csv")).decode().strip() == ",".join(COLUMNS)
    assert list(pieces([], "jsonl")) == []


def test_pieces__many__are_read_as_they_are_asked_for(environment):
    (row,) = sealed(environment.database, 1)
    read = []

    def rows():
        for number in range(ROWS_AT_ONCE * 3):
            read.append(number)
            yield row

    made = pieces(rows(), "jsonl")
    next(made)

    assert len(read) <= ROWS_AT_ONCE + 1
    assert len(list(made)) == 2


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "=cmd|' /C calc'!A0"]
)  # fmt: skip
def test_cell__begins_like_a_formula__is_text(text):
    assert cell(text) == f"'{text}"


@given(st.text())
def test_cell__any_text__is_kept_but_for_the_apostrophe(text):
    found = cell(text)

    assert found in (text, f"'{text}")
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_cell__no_text__is_written_plainly():
    assert (cell(None), cell(12), cell("shop")) == ("", "12", "shop")
