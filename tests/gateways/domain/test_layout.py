from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.layout import (
    BUCKETS,
    MOST_RANGES,
    Layout,
    Range,
    moved,
    rebalance,
)
from tests.gateways.domain.test_weights import splits

changes = st.lists(splits("abcdefgh"), min_size=1, max_size=8)
quick = settings(deadline=None, max_examples=60)


def routes(layout: Layout) -> list[str | None]:
    return [layout.route_of(bucket) for bucket in range(0, BUCKETS, 7)]


def layouts_of(weights_in_turn):
    """Yield (before, weights before, after, weights after) of each change in turn."""
    layout, before = Layout(), {}
    for weights in weights_in_turn:
        after = rebalance(layout, weights)
        yield layout, before, after, weights
        layout, before = after, weights


def positive(weights):
    return {route: weight for route, weight in weights.items() if weight}


@quick
@given(changes)
def test_rebalance__any_changes__totals_are_the_weights(weights_in_turn):
    for _, _, layout, weights in layouts_of(weights_in_turn):
        assert layout.weights == positive(weights)
        assert len(layout.ranges) <= MOST_RANGES


@quick
@given(changes)
def test_rebalance__any_changes__move_only_what_losers_lose(weights_in_turn):
    for before, old, after, new in layouts_of(weights_in_turn):
        lost = sum(max(0, weight - new.get(route, 0)) for route, weight in old.items())
        assert moved(before, after) == lost


@quick
@given(changes)
def test_rebalance__raised_weight__moves_no_bucket_off_the_route(weights_in_turn):
    for before, old, after, new in layouts_of(weights_in_turn):
        for was, now in zip(routes(before), routes(after), strict=True):
            if was is not None and new.get(was, 0) >= old[was]:
                assert now == was


@quick
@given(changes, st.randoms(use_true_random=False))
def test_rebalance__other_order_of_routes__same_layout(weights_in_turn, chance: random.Random):
    for before, _, after, weights in layouts_of(weights_in_turn):
        shuffled = list(weights.items())
        chance.shuffle(shuffled)
        assert rebalance(before, dict(shuffled)) == after


@quick
@given(changes)
def test_layout__any__survives_json(weights_in_turn):
    for _, _, layout, _ in layouts_of(weights_in_turn):
        assert Layout.from_json(json.loads(json.dumps(layout.to_json()))) == layout


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_rebalance__a_thousand_changes__stay_minimal_within_64_ranges(count):
    chance = random.Random(count)
    names = [f"r{index}" for index in range(count)]
    layout = rebalance(Layout(), {names[0]: BUCKETS})
    for _ in range(150):
        weights = layout.weights
        loser = chance.choice(sorted(weights))
        gainer = chance.choice([name for name in names if name != loser])
        size = chance.choice([1, 5, weights[loser], chance.randint(1, weights[loser])])
        wanted = {**dict.fromkeys(names, 0), **weights}
        wanted[loser] -= min(size, weights[loser])
        wanted[gainer] += min(size, weights[loser])

        after = rebalance(layout, wanted)

        assert moved(layout, after) == weights[loser] - wanted[loser]
        layout = after
        assert len(layout.ranges) <= 32


def test_rebalance__release_through_its_steps__is_two_ranges():
    layout = rebalance(Layout(), {"old": BUCKETS})
    for share in (100, 1_000, 5_000, 9_000):
        layout = rebalance(layout, {"old": BUCKETS - share, "new": share})
        assert len(layout.ranges) == 2

    assert rebalance(layout, {"new": BUCKETS}).ranges == (Range(0, BUCKETS - 1, "new"),)


def test_rebalance__very_many_routes__stay_within_64_ranges():
    chance = random.Random(1)
    names = [f"r{index}" for index in range(60)]
    layout = Layout()
    for _ in range(4):
        cuts = sorted(chance.sample(range(1, BUCKETS), 59))
        sizes = [b - a for a, b in zip([0, *cuts], [*cuts, BUCKETS], strict=True)]
        weights = dict(zip(names, sizes, strict=True))
        layout = rebalance(layout, weights)
        assert layout.weights == weights
        assert len(layout.ranges) <= MOST_RANGES


def test_rebalance__to_nothing_and_back__is_empty_and_laid_out_anew():
    layout = rebalance(rebalance(Layout(), {"a": 4_000, "b": 6_000}), {"a": 0, "b": 0})

    assert layout == Layout()
    assert layout.route_of(0) is None
    assert layout.weights == {}
    assert rebalance(layout, {"a": BUCKETS}).weights == {"a": BUCKETS}


def test_rebalance__too_many_routes__is_refused():
    weights = {f"r{index}": 1 for index in range(MOST_RANGES)}

    with pytest.raises(ValueError, match="65 routes"):
        rebalance(Layout(), {**weights, "rest": BUCKETS - MOST_RANGES})


@pytest.mark.parametrize(
    "ranges",
    [
        [[0, 9_998, "a"]],
        [[1, 9_999, "a"]],
        [[0, 5_000, "a"], [5_000, 9_999, "b"]],
        [[0, 4_000, "a"], [4_002, 9_999, "b"]],
        [[0, 4_000, "a"], [4_001, 9_999, "a"]],
        [[0, -1, "a"], [0, 9_999, "b"]],
        [[0, 9_999]],
        7,
    ],
)
def test_layout__that_is_none__is_refused(ranges):
    with pytest.raises(ValueError, match=r"not a layout|unpack"):
        Layout.from_json(ranges)
