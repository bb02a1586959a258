from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.documents.nesting import MOST_NESTED, Nesting

GRAPHS = st.dictionaries(
    st.sampled_from("abcdefg"),
    st.lists(st.sampled_from("abcdefgx"), max_size=3).map(tuple),
    max_size=7,
)


def longest(edges: dict[str, tuple[str, ...]], name: str, seen: tuple[str, ...] = ()) -> float:
    if name in seen:
        return float("inf")
    below = [longest(edges, other, (*seen, name)) for other in edges[name] if other in edges]
    return 1 + max(below, default=0)


@given(GRAPHS)
@settings(deadline=None, max_examples=150)
def test_loops__any_graph__are_loops_and_exist_exactly_where_there_is_one(edges):
    loops = list(Nesting(edges).loops())

    for loop in loops:
        assert all(
            below in edges[name] for name, below in zip(loop, (*loop[1:], loop[0]), strict=True)
        )
    assert bool(loops) == any(longest(edges, name) == float("inf") for name in edges)
    flat = [name for loop in loops for name in loop]
    assert len(flat) == len(set(flat))


@given(GRAPHS)
@settings(deadline=None, max_examples=150)
def test_too_deep__any_graph__are_the_longest_chains_from_the_top(edges):
    chains = list(Nesting(edges).too_deep())

    for chain in chains:
        assert all(below in edges[name] for name, below in pairwise(chain))
        assert len(chain) == longest(edges, chain[0])
    finite = [longest(edges, name) for name in edges if longest(edges, name) < float("inf")]
    no_loops = len(finite) == len(edges)
    assert not no_loops or bool(chains) == (max(finite, default=0) > MOST_NESTED)


def test_loops__gateway_that_leads_to_itself__is_one():
    assert list(Nesting({"a": ("a",)}).loops()) == [("a",)]
