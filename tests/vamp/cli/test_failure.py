from __future__ import annotations

import pytest

from vamp.cli.failure import MEANINGS, Exit, Failure, FaultLine, exit_of, misused


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 1), (401, 4), (403, 4), (404, 3), (409, 5), (412, 5), (422, 1), (500, 1), (503, 6)],
)
def test_exit_of__status__is_the_documented_code(status, code):
    assert exit_of(status) == code


def test_meanings__every_exit_code__has_one():
    assert MEANINGS.keys() == set(Exit)


def test_fault__with_a_place__reads_as_editors_do():
    fault = FaultLine("/routes/0/weight", "must be a share", "such as 10%", "a.yaml", 7, 14)

    assert str(fault) == "a.yaml:7:14: routes[0].weight: must be a share; such as 10%"


def test_fault__without_message__says_where_alone():
    assert str(FaultLine("", "", file="a.yaml", line=3)) == "in a.yaml:3"


def test_failure__several_faults__are_counted_and_all_told():
    failure = Failure(
        "not valid", Exit.REFUSED, faults=[FaultLine("/a", "x"), FaultLine("/b", "y")]
    )

    assert failure.lines() == ["error: not valid (2 faults)", "  a: x", "  b: y"]


def test_failure__text_with_escapes__cannot_drive_a_terminal():
    assert "\x1b" not in "".join(misused("\x1b[2J", FaultLine("", "\x1b]0;x\x07")).lines())
