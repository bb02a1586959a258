from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vamp.pages.charts import HEIGHT, WIDTH, curve, nice_top, stacked

values = st.lists(st.floats(0, 1e6), min_size=2, max_size=2)


@given(st.floats(1e-6, 1e9))
def test_nice_top__any_value__is_not_below_it_nor_far_above(value):
    top = nice_top(value)

    assert value <= top <= value * 2.6


@given(st.dictionaries(st.text("abc", min_size=1), values, min_size=1, max_size=4))
def test_stacked__any_series__keeps_order_and_stays_within_the_picture(series):
    stack = stacked(series)

    assert [area.label for area in stack.areas] == list(series)
    for area in stack.areas:
        corners = [tuple(map(float, part.split())) for part in area.path.strip("MZ").split("L")]
        assert all(0 <= x <= WIDTH and -0.1 <= y <= HEIGHT + 0.1 for x, y in corners)


def test_stacked__two_layers__second_stands_on_the_first():
    stack = stacked({"old": [50, 50], "new": [50, 50]})

    assert stack.top == 100
    assert stack.areas[0].path == "M0 100L1000 100L1000 200L0 200Z"
    assert stack.areas[1].path == "M0 0L1000 0L1000 100L0 100Z"


def test_stacked__nothing__is_empty():
    assert stacked({}).areas == ()


def test_curve__no_value__is_none():
    assert curve([None, None], [1.0, 1.0]) is None


def test_curve__gap__starts_a_new_line():
    drawn = curve([1.0, None, 2.0])

    assert drawn is not None
    assert drawn.values.count("M") == 2
    assert drawn.last_x == WIDTH


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=10))
def test_curve__any_values__lie_within_the_picture(given_values):
    drawn = curve(given_values, [given_values[0]])

    assert drawn is not None
    assert drawn.low < drawn.high
    assert -0.1 <= drawn.last_y <= HEIGHT + 0.1
