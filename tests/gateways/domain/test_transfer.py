from __future__ import annotations

import pytest

from gateways.domain.transfer import transferred


@pytest.mark.parametrize(
    ("segments", "wanted", "expected"),
    [
        ([("a", 6), ("b", 4)], {"a": 5, "b": 5}, [("a", 5), ("b", 5)]),
        ([("a", 6), ("b", 4)], {"b": 10}, [("b", 10)]),
        (
            [("b", 2), ("a", 5), ("b", 3)],
            {"a": 7, "b": 3},
            [("a", 7), ("b", 3)],
        ),
        (
            [("a", 4), ("b", 2), ("a", 4)],
            {"a": 10},
            [("a", 10)],
        ),
        (
            [("a", 6), ("b", 4)],
            {"a": 5, "b": 4, "c": 1},
            [("a", 5), ("c", 1), ("b", 4)],
        ),
    ],
    ids=["border moves", "all given", "small one first", "both sides merge", "piece at a border"],
)
def test_transferred__each_kind__leaves_as_few_ranges_as_it_can(segments, wanted, expected):
    assert transferred(segments, wanted) == expected
