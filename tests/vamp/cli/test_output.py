from __future__ import annotations

import io
import json

import pytest
import yaml

from vamp.cli.kinds import kind_named
from vamp.cli.output import Printer
from vamp.cli.surroundings import Surroundings

ROWS = [{"name": "a", "title": "Ä"}, {"name": "b", "title": ""}]
GROUP = kind_named("group")


def printed(output, **fields):
    around = Surroundings(environ={}, stdout=io.StringIO(), stderr=io.StringIO(), **fields)
    return Printer(around, output), around


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_rows__for_programs__read_back_as_they_were(output, read):
    out, around = printed(output)

    out.rows(GROUP, ROWS)

    assert read(around.stdout.getvalue()) == ROWS
    assert "Ä" in around.stdout.getvalue()


def test_rows__names__can_be_given_to_the_next_command():
    out, around = printed("name")

    out.rows(GROUP, ROWS)

    assert around.stdout.getvalue() == "group/a\ngroup/b\n"


def test_rows__none__say_so_beside_the_output():
    out, around = printed("table")

    out.rows(GROUP, [])

    assert around.stdout.getvalue() == ""
    assert around.stderr.getvalue() == "there are no groups\n"


def test_rows__none_for_programs__are_an_empty_list():
    out, around = printed("json")

    out.rows(GROUP, [])

    assert json.loads(around.stdout.getvalue()) == []


def test_done__by_format__is_a_sentence_an_answer_or_a_name():
    texts = {}
    for output in ("table", "json", "name"):
        out, around = printed(output)
        out.done("it is done", {"name": "a"}, name="group/a")
        texts[output] = around.stdout.getvalue()

    assert texts["table"] == "it is done\n"
    assert json.loads(texts["json"]) == {"name": "a"}
    assert texts["name"] == "group/a\n"


def test_styled__without_colour__is_plain():
    assert printed("table")[0].styled("x", "good") == "x"
    assert printed("table", is_terminal=True)[0].styled("x", "good") == "\x1b[32mx\x1b[0m"
