import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.domain.wording import clock, coarse, listing, number
from tests.policies.domain.plans import START, seconds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (0.4, "0.4"),
        (12.345, "12.35"),
        (99.999, "100"),
        (182.0, "182"),
        (1234.5, "1,234"),
        (0.00001, "0"),
        (-3.25, "-3.25"),
    ],
)
def test_number__any_size__has_four_digits_at_most(value, text):
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number__any__has_no_exponent(value):
    assert "e" not in number(value)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "1s"), (0.2, "1s"), (39.1, "40s"), (119, "1m59s"), (125, "2m10s")]
)
def test_coarse__length__is_rounded_up(count, text):
    assert coarse(seconds(count)) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_listing__words__joins_them(words, text):
    assert listing(words) == text


def test_clock__moment__is_time_of_day():
    assert clock(START) == "12:00:00"
