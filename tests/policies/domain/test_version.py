import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.domain.version import Difference, difference, is_newer, sort_key

# From semver.org §11, with what is no semantic version first.
ORDERED = [
    "build-9",
    "build-10",
    "latest",
    "0.9.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def test_sort_key__any_order__sorts_as_the_standard_says():
    assert sorted(set(ORDERED), key=sort_key) == ORDERED


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("1.0.0", "1.0.1", "patch"),
        ("1.0.0", "1.1.0", "minor"),
        ("1.9.9", "2.0.0", "major"),
        ("v1.0", "v1.1", "minor"),
        ("1.0.0-rc.1", "1.0.0", "patch"),
        ("1.0.0", "2.0.0-rc.1", "major"),
        ("1.0.0", "1.0.0", "other"),
        ("1.0.0", "1.0.0+build.7", "other"),
        ("2.0.0", "1.0.0", "other"),
        ("latest", "1.0.0", "other"),
        ("1.0.0", "nightly", "other"),
        ("1.0.0", "01.1.0", "other"),
        ("1.0.0", "1.1.0\n", "other"),
        ("1.0.0", "\u0661.1.0", "other"),
    ],
)
def test_difference__two_versions__is_the_greatest_part_that_differs(current, new, expected):
    assert difference(current, new) is Difference(expected)


@given(st.text(), st.text())
def test_is_newer__any_texts__never_both_ways(one, other):
    assert not (is_newer(one, other) and is_newer(other, one))


@given(*[st.tuples(*[st.integers(0, 20)] * 3)] * 2)
def test_is_newer__plain_versions__compares_numbers(one, other):
    texts = [".".join(map(str, version)) for version in (one, other)]

    assert is_newer(texts[0], texts[1]) is (one > other)
