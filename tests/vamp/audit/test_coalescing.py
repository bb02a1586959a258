"""A flood leaves few entries, and none of it goes uncounted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vamp.audit.coalescing import Coalescer


def test_take__the_same_again__is_counted_and_told_in_the_next_window():
    found = Coalescer(window_s=60)

    assert found.take("a", "acme", 0) == 0
    assert [found.take("a", "acme", second) for second in (1, 2, 59)] == [None] * 3
    assert found.take("b", "acme", 59) == 3
    assert found.take("a", "acme", 60) == 0


def test_take__many_different__are_limited_for_each_scope():
    found = Coalescer(window_s=60, most_in_scope=3)

    taken = [found.take(number, "acme", 1) for number in range(10)]

    assert taken == [0, 0, 0] + [None] * 7
    assert found.take("x", "globex", 1) == 0
    assert found.take("y", "acme", 62) == 7


def test_take__more_keys_than_are_remembered__forgets_the_oldest():
    found = Coalescer(window_s=60, most_keys=2, most_in_scope=100)

    assert [found.take(key, "s", 0) for key in "abca"] == [0, 0, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.floats(0, 9)), max_size=200))
def test_take__any_flood__writes_few_and_counts_all(asked):
    found, now, written, told = Coalescer(window_s=60, most_in_scope=4), 0.0, 0, 0
    for key, scope, step in asked:
        now += step
        left_out = found.take((key, scope), scope, now)
        if left_out is not None:
            written, told = written + 1, told + left_out

    windows = now // 60 + 1
    assert written <= 2 * 4 * windows
    assert written + told <= len(asked)
