from __future__ import annotations

import pytest

from gateways.domain.selector.ast import (
    Anything,
    Both,
    Property,
    PropertyMatch,
    all_of,
    any_of,
    negation,
)

A = PropertyMatch(Property.NAME, "a")


@pytest.mark.parametrize(
    "arguments",
    [
        (Property.NAME, "(a+)+"),
        (Property.NAME, "a", "b"),
        (Property.LABEL, "a", "(?i)b"),
        (Property.PORT, "http"),
        (Property.PORT, "080"),
        (Property.PORT_INDEX, "\u0661"),
    ],
)
def test_property_match__unsafe_or_meaningless__cannot_be_built(arguments):
    with pytest.raises(ValueError, match=r".+"):
        PropertyMatch(*arguments)


def test_connectives__of_one_or_none__are_plain():
    assert all_of([]) == Anything(True)
    assert any_of([]) == Anything(False)
    assert all_of([A, all_of([A, A])]) == Both((A, A, A))
    assert negation(negation(A)) == A
