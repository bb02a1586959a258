from __future__ import annotations

import pytest

from gateways.domain.characters import first_unfit, named


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("plain ~!", None),
        ("", None),
        ("a\tb", 1),
        ("a\x7f", 1),
        ("shop\u0430", 4),
        ("\u2028", 0),
        ("a\x00", 1),
    ],
)
def test_first_unfit__text__is_the_first_that_is_not_printable_ascii(text, index):
    assert first_unfit(text) == index


def test_named__look_alike_and_control__say_what_they_are():
    assert named("\u0430") == "the character U+0430 (CYRILLIC SMALL LETTER A)"
    assert named("\n") == "the character U+000A (a control character)"
