from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.haproxy.numbers import Placement, draws_of, placed
from gateways.haproxy.part import BucketRange, Part


def part(name: str, draws: int, version: int = 0) -> Part:
    ranges = (BucketRange(0, 9_999, f"{name}:r{version}"),)
    names = [name, *(f"{name}/c{index}" for index in range(draws - 1))]
    return Part(name, 1, "", layouts=dict.fromkeys(names, ranges))


def spans(placement: Placement) -> dict[str, set[int]]:
    return {
        name: set(range(number, number + len(placement.parts[name].layouts)))
        for name, number in placement.numbers.items()
    }


shapes = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.integers(1, 3), st.integers(0, 2)), max_size=6
)


@settings(deadline=None, max_examples=60)
@given(st.lists(shapes, min_size=1, max_size=8), st.booleans())
def test_placed__any_changes__new_draws_never_stand_where_old_ones_do(turns, few):
    most = 20 if few else 10**6
    held = Placement()
    for shape in turns:
        try:
            after = placed([part(name, *how) for name, how in shape.items()], held, most=most)
        except ValueError:
            assert few
            continue
        seen = set()
        for name, span in spans(after).items():
            assert not span & seen
            assert min(span) >= 1
            assert max(span) < most
            seen |= span
            kept = name in held.parts and held.parts[name].layouts == after.parts[name].layouts
            assert (after.numbers[name] == held.numbers.get(name)) is kept
            if not kept:
                assert not span & set().union(*spans(held).values())
        held = after


def test_placed__too_many_draws__is_refused():
    with pytest.raises(ValueError, match="no 3 numbers are left"):
        placed([part("a", 1), part("b", 3)], most=4)


def test_placed__other_order__same_numbers():
    parts = [part("b", 2), part("a", 1), part("c", 3)]

    assert placed(parts) == placed(parts[::-1])
    assert placed(parts).numbers == {"a": 1, "b": 2, "c": 4}


def test_placed__only_the_generation_changed__number_is_kept():
    held = placed([part("a", 1)])

    assert placed([replace(part("a", 1), generation=2)], held).numbers == held.numbers


def test_draws_of__conditions__come_after_the_split_by_weight():
    assert draws_of(part("shop", 3)) == ("shop", "shop/c0", "shop/c1")
