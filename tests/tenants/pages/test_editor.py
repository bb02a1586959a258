from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tenants.pages.editor import difference

lines = st.lists(
    st.sampled_from(["kind: Gateway", "name: shop", "port: 80", "hosts: []"]), max_size=8
)


@given(lines, lines)
def test_difference__any_two_texts__is_empty_only_where_they_are_the_same(before, after):
    found = difference("\n".join(before), "\n".join(after))

    assert bool(found) == (before != after)


def test_difference__one_line_changed__shows_both():
    kinds = [(line.kind, line.text) for line in difference("a: 1\nb: 2\n", "a: 1\nb: 3\n")]

    assert ("removed", "-b: 2") in kinds
    assert ("added", "+b: 3") in kinds
    assert ("same", " a: 1") in kinds
