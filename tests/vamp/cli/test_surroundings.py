from __future__ import annotations

import io

import pytest

from vamp.cli.surroundings import Surroundings


@pytest.mark.parametrize(
    ("environ", "refused", "coloured"),
    [
        ({}, False, True),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({}, True, False),
    ],
)
def test_colour__on_a_terminal__unless_refused(environ, refused, coloured):
    around = Surroundings(environ=environ, is_terminal=True)

    assert around.has_colour(is_refused=refused) is coloured


def test_colour__in_a_pipe__is_none():
    assert not Surroundings(environ={}, stdout=io.StringIO()).has_colour(is_refused=False)


def test_width__of_the_terminal__is_as_given():
    assert Surroundings(columns=100).width == 100
