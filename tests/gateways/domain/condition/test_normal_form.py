from __future__ import annotations

import pytest
from hypothesis import given, settings

from gateways.domain.condition import evaluate, parse_condition, render_words, to_dnf
from gateways.domain.condition.ast import Match, Not
from gateways.domain.condition.normal_form import MOST_TERMS
from tests.gateways.domain.strategies import conditions, requests
from vamp.errors import Invalid


def written(text: str) -> list[list[str]]:
    return [[render_words(literal) for literal in term] for term in to_dnf(parse_condition(text))]


@given(conditions, requests)
@settings(deadline=None, max_examples=300)
def test_to_dnf__any_condition_and_request__answers_as_the_condition_does(condition, request):
    terms = to_dnf(condition)

    assert all(isinstance(literal, Match | Not) for term in terms for literal in term)
    assert evaluate(condition, request) == any(
        all(evaluate(literal, request) for literal in term) for term in terms
    )


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("true", [[]]),
        ("false", []),
        ("path is a and not path is a", []),
        ("path is a or true", [[]]),
        ("path is a and (path is b or path is c)", [["path is a", "path is b"], ["path is a", "path is c"]]),
        ("not (path is a or path is b)", [["not path is a", "not path is b"]]),
        ("not (path is a and path is b)", [["not path is a"], ["not path is b"]]),
        ("path is a or path is a and path is b", [["path is a"]]),
        ("path is a and path is a", [["path is a"]]),
    ],
)  # fmt: skip
def test_to_dnf__condition__is_its_shortest_alternatives(text, terms):
    assert written(text) == terms


def test_to_dnf__too_many_alternatives__is_refused_soon():
    pairs = [f"(path is a{i} or path is b{i})" for i in range(40)]

    with pytest.raises(Invalid, match=f"more than {MOST_TERMS}"):
        to_dnf(parse_condition(" and ".join(pairs)))


def test_to_dnf__as_many_as_allowed__are_kept():
    pairs = [f"(path is a{i} or path is b{i})" for i in range(6)]

    assert len(to_dnf(parse_condition(" and ".join(pairs)))) == MOST_TERMS
