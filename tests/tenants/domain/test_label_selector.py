"""The selector language, beside an evaluator that is too simple to be wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.domain.label_selector import MOST_CHARACTERS, parse
from tests.tenants.domain.grants import labels, selector_texts
from vamp.errors import Invalid


def naive(text, held):
    """Take the text apart at commas that stand in no brackets."""
    return all(_naive_term(term.strip(), held) for term in re.split(r",(?![^(]*\))", text))


def _naive_term(term, held):
    if term.endswith(")"):
        head, _, values = term[:-1].partition("(")
        key, word = head.split()
        return (held.get(key) in [each.strip() for each in values.split(",")]) == (word == "in")
    if "!=" in term:
        key, _, value = term.partition("!=")
        return held.get(key) != value
    if "=" in term:
        key, _, value = term.partition("=")
        return held.get(key) == value
    return term[1:] not in held if term.startswith("!") else term in held


@given(selector_texts, labels)
def test_chooses__any_selector_and_labels__as_the_simple_evaluator(text, held):
    assert parse(text).chooses(held) == naive(text, held), text


@given(st.text(max_size=40))
def test_parse__any_text__is_a_selector_or_a_fault_with_a_hint(text):
    found, fault = outcome(text)

    assert (found is None) != (fault is None)
    if fault is not None:
        assert fault.pointer == "/selector"
        assert fault.hint
    if found is not None:
        assert found.requirements
        assert all(each.key.isascii() for each in found.requirements)


def outcome(text):
    try:
        return parse(text), None
    except Invalid as error:
        return None, error.faults[0]


@given(selector_texts)
def test_parse__its_own_text__is_the_same_selector(text):
    assert parse(str(parse(f"  {text} "))) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", ",", "a,", "a,,b", "=a", "a=", "a==", "a=b=c", "!", "!!a", "!a=b", "a in b",
        "a in ()", "a in (b,)", "a in (b", "a in (b))", "a in(b) c", "a b", "-a", "a-", "a=-b",
        "a='b'", "a in ('b')", "ä=b", "aäb=c", "a=bäc", "a;b", 'a"b', "a%b", "a$b",
        "a" * (MOST_CHARACTERS + 1),
    ],
)  # fmt: skip
def test_parse__what_is_no_selector__is_refused(text):
    with pytest.raises(Invalid):
        parse(text)


def test_parse__wrong_in_the_middle__says_at_which_column():
    with pytest.raises(Invalid) as caught:
        parse("team=shop,?")

    assert "column 11" in caught.value.faults[0].message


@pytest.mark.parametrize("value", [1, None, True, ["shop"], {"a": "b"}])
def test_chooses__value_that_is_no_text__is_as_if_missing(value):
    held = {"team": value}

    assert not parse("team").chooses(held)
    assert parse("!team").chooses(held)
    assert not parse("team=1").chooses(held)
    assert parse("team notin (1,shop)").chooses(held)
