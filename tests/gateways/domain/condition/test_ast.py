from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.condition import (
    And,
    Constant,
    Match,
    Not,
    Operator,
    Or,
    Subject,
    all_of,
    any_of,
    negation,
)
from gateways.domain.condition.ast import NAMED, OPERATORS

A = Match(Subject.PATH, Operator.IS, "/a")
B = Match(Subject.PATH, Operator.IS, "/b")


@pytest.mark.parametrize(
    "arguments",
    [
        (Subject.HOST, Operator.STARTS, "a"), (Subject.PATH, Operator.EXISTS, ""), (Subject.PATH, Operator.IS, ""),
        (Subject.PATH, Operator.IS, "/a", "name"), (Subject.HEADER, Operator.IS, "a"), (Subject.HEADER, Operator.IS, "a", "X"),
        (Subject.COOKIE, Operator.EXISTS, "a", "x"), (Subject.HOST, Operator.IS, "A"), (Subject.METHOD, Operator.IS, "get"),
        (Subject.SOURCE, Operator.IN, "10.0.0.0/8,::1"), (Subject.SOURCE, Operator.IN, "10.0.0.1/8"),
        (Subject.PATH, Operator.MATCHES, "(a+)+"), (Subject.PATH, Operator.IS, "a" * 257), (Subject.COOKIE, Operator.IS, "a", "x=y"),
    ],
)  # fmt: skip
def test_match__what_cannot_be_compiled__cannot_be_built(arguments):
    with pytest.raises(ValueError, match=r".+"):
        Match(*arguments)


@given(
    st.sampled_from(list(Subject)),
    st.text(max_size=6),
    st.sampled_from("\n\r\0\t\x7f\xa0\u0430\u2028\u200b\ud800"),
    st.text(max_size=6),
)
@settings(deadline=None, max_examples=200)
def test_match__text_with_what_is_not_printable_ascii__cannot_be_built(subject, before, bad, after):
    operator = min(OPERATORS[subject])
    text = before + bad + after

    with pytest.raises(ValueError, match=r".+"):
        Match(
            subject,
            operator if operator is not Operator.EXISTS else Operator.IS,
            text,
            "a" if subject in NAMED else "",
        )
    if subject in NAMED:
        with pytest.raises(ValueError, match=r".+"):
            Match(subject, Operator.EXISTS, name=text)


def test_networks__of_a_source__are_networks():
    match = Match(Subject.SOURCE, Operator.IN, "10.0.0.0/8, ::1")

    assert [str(network) for network in match.networks] == ["10.0.0.0/8", "::1/128"]
    assert A.networks == ()


def test_connectives__nested_in_their_like__are_flat():
    assert all_of([A, all_of([B, A])]) == And((A, B, A))
    assert any_of([any_of([A, B]), A]) == Or((A, B, A))
    assert all_of([A]) == A
    assert all_of([]) == Constant(True)
    assert any_of([]) == Constant(False)


def test_negation__twice__is_the_same_again():
    assert negation(negation(A)) == A
    assert negation(Constant(True)) == Constant(False)


@pytest.mark.parametrize(
    "build",
    [
        lambda: And((A,)),
        lambda: Or((A, Or((A, B)))),
        lambda: Not(Not(A)),  # type: ignore[arg-type]  # it is the point
        lambda: And((A, And((A, B)))),
    ],
)
def test_connectives__built_by_hand_in_another_shape__are_refused(build):
    with pytest.raises((ValueError, TypeError), match="build it with"):
        build()
