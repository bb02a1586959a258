from __future__ import annotations

from vamp.pages.changes import LONGEST, Change, changes, places


def test_changes__of_an_object__are_told_field_by_field():
    before = {"title": "Shop", "port": 80, "gone": [1], "deep": {"a": 1, "b": True}}
    after = {"title": "", "port": 80, "new": None, "deep": {"a": 2, "b": 1}}

    assert changes(before, after) == [
        Change("title", "changed", "Shop", "(empty)"),
        Change("port", "same", "80", "80"),
        Change("new", "added", "", "(none)"),
        Change("deep → a", "changed", "1", "2"),
        Change("deep → b", "changed", "yes", "1"),
        Change("gone", "removed", "[1]", ""),
    ]


def test_changes__lists_of_named_things__are_compared_by_name():
    before = {"routes": [{"name": "a", "weight": 1}, {"name": "b", "weight": 9}]}
    after = {"routes": [{"name": "b", "weight": 9}, {"weight": 3}]}

    told = {each.field: each.kind for each in changes(before, after)}

    assert told == {
        "routes → b → name": "same", "routes → b → weight": "same", "routes → 2 → weight": "added",
        "routes → a → name": "removed", "routes → a → weight": "removed",
    }  # fmt: skip


def test_changes__nothing_on_either_side__are_none():
    assert changes(None, None) == []
    assert changes({}, {}) == []


def test_changes__very_long_value__is_cut():
    (only,) = changes(None, {"text": "x" * (LONGEST + 1)})

    assert len(only.after) == LONGEST + 1
    assert only.after.endswith("…")


def test_places__words_of_a_search__are_shown_with_their_field():
    before = {"title": "Old", "port": 80, "same": "shop"}
    after = {"title": "New", "port": 80, "same": "shop", "routes": [{"name": "a", "weight": 25}]}

    assert places(before, after, ["old"]) == ["title: Old → New"]
    assert places(before, after, ["SHOP"]) == ["same: shop"]
    assert places(before, after, ["25", "port"]) == ["port: 80", "routes → a → weight: 25"]
    assert places(None, {f"f{n}": "x" for n in range(9)}, ["x"])[2:] == ["f2: x"]
    assert places(before, after, []) == []
    assert places(before, None, ["old"]) == ["title: Old"]
