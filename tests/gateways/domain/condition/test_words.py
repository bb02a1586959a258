from __future__ import annotations

import pytest
from hypothesis import given, settings

from gateways.domain.condition import fingerprint, parse_condition, render_words
from tests.gateways.domain.strategies import conditions


@given(conditions)
@settings(deadline=None, max_examples=300)
def test_render_words__parsed_again__is_the_same_condition(condition):
    assert parse_condition(render_words(condition)) == condition


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("User.Agent=Safari", 'user-agent contains "Safari" and user-agent contains "Version"'),
        (
            "(has cookie A || path != '/a b') && T",
            '(cookie A exists or not path is "/a b") and true',
        ),
        ("!(host = A.test or method is get)", "not (host is a.test or method is GET)"),
        ("source 10.0.0.1/32,::1", "source in 10.0.0.1, ::1"),
        ("parameter q is 'or'", 'parameter q is "or"'),
    ],
)
def test_render_words__condition__reads_as_a_sentence(text, words):
    assert render_words(parse_condition(text)) == words


def test_fingerprint__of_a_condition__is_that_of_its_canonical_text():
    # The first 16 digits of `printf 'path is /a0000' | sha1sum`.
    assert fingerprint(parse_condition("PATH == '/a'")) == "63aa5b99e6ab3aee"
    assert fingerprint(parse_condition("path is /b")) != fingerprint(parse_condition("path is /a"))
