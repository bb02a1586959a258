from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.selector import parse_selector, render_selector
from gateways.domain.selector.ast import (
    Anything,
    Property,
    PropertyMatch,
    all_of,
    any_of,
    negation,
)
from gateways.domain.selector.parse import read_selector
from vamp.errors import Invalid

PATTERNS = st.sampled_from(
    ["shop", "(.*)", "[^/]+", "a(b|c)?d", r"1\.0\.\d+", "[)(]", r"\)", "", "x y"]
)
NUMBERS = st.integers(0, 65_535).map(str)


@st.composite
def matches(draw: st.DrawFn) -> PropertyMatch:
    of = draw(st.sampled_from(list(Property)))
    if of in (Property.PORT, Property.PORT_INDEX):
        return PropertyMatch(of, draw(NUMBERS))
    return PropertyMatch(of, draw(PATTERNS), draw(PATTERNS) if of is Property.LABEL else "")


selectors = st.recursive(
    matches() | st.booleans().map(Anything),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(all_of)
        | st.lists(inner, min_size=2, max_size=3).map(any_of)
        | inner.map(negation)
    ),
    max_leaves=6,
)


@given(selectors)
@settings(deadline=None, max_examples=200)
def test_render_selector__parsed_again__is_the_same_selector(selector):
    assert parse_selector(render_selector(selector)) == selector


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("label(app)(shop) && label(version)((.*))", "label(app)(shop) && label(version)((.*))"),
        ("ID(a) and TYPE(service)", "name(a) && kind(service)"),
        ("group(prod) | namespace(test)", "namespace(prod) || namespace(test)"),
        ("ip(10\\.0\\.0\\.1) or not host(a)", "host(10\\.0\\.0\\.1) || !host(a)"),
        (
            "image(shop:.*) & !(port(80) || index(0))",
            "image(shop:.*) && !(port(80) || port_index(0))",
        ),
        ("true", "true"),
        ("not false", "true"),
    ],
)
def test_parse_selector__every_form__has_one_canonical_text(text, rendered):
    assert render_selector(parse_selector(text)) == rendered


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "nothing in it"),
        ("lable(a)(b)", 1, 1, "did you mean `label`?"),
        ("label(a)", 1, 9, "ends where a pattern in brackets should follow"),
        ("name(a", 1, 5, "each ( with its )"),
        ("name(a)\nand", 2, 4, "ends where a match"),
        ("name(a) name(b)", 1, 9, "`and`, `or` or the end"),
        ("port(a)", 1, 6, "number"),
        ("port(080)", 1, 6, "number"),
        ("name((a+)+)", 1, 10, "neither repetitions nor alternatives"),
        ("name((?i)a)", 1, 6, "(?"),
        ("n\u0430me(a)", 1, 2, "U+0430"),
        ("name(\u0430)", 1, 6, "U+0430"),
        ("name(a\x00)", 1, 7, "U+0000"),
        ("true)", 1, 5, "where"),
    ],
)
def test_parse_selector__fault__says_line_column_and_what_is_wrong(text, line, column, said):
    with pytest.raises(Invalid) as caught:
        parse_selector(text)

    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (line, column)
    assert said in f"{fault.message}; {fault.hint}"


@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            ["name", "label", "(a)", "((.*))", "(", ")", "and", "||", "!", "port(1)", "[", "\\"]
        )
    ).map(" ".join)
)
@settings(deadline=None, max_examples=300)
def test_read_selector__any_text__is_read_or_refused_inside_it(text):
    selector, refusals = read_selector(text)

    assert (selector is None) == bool(refusals)
    assert all(0 <= refusal.offset <= len(text) for refusal in refusals)


def test_read_selector__long_unclosed_pattern__is_refused_soon():
    text = "name(" + "(a" * 1500

    selector, refusals = read_selector(text)

    assert selector is None
    assert len(refusals) == 1
