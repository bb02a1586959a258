import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.domain.policy import Operator, Source
from tests.policies.domain.plans import step


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [
        (Operator.AT_LEAST, False, True, True),
        (Operator.AT_MOST, True, True, False),
        (Operator.ABOVE, False, False, True),
        (Operator.BELOW, True, False, False),
        (Operator.EXACTLY, False, True, False),
    ],
)
def test_operator__value_below_at_and_above_limit__holds_as_written(operator, below, same, above):
    assert [operator.holds(value, 2) for value in (1, 2, 3)] == [below, same, above]


@given(errors=st.integers(0, 100), tolerance=st.integers(0, 100))
def test_source_limit__whole_percents__is_exact_for_counts_in_a_hundred(errors, tolerance):
    source = Source(difference=tolerance / 100)

    assert source.limit(errors / 100, Operator.AT_MOST) == (errors + tolerance) / 100
    assert source.limit(errors / 100, Operator.AT_LEAST) == (errors - tolerance) / 100


def test_source_limit__ratio__scales():
    assert Source(ratio=1.2).limit(100, Operator.AT_MOST) == 120


def test_step__weights__total_all_traffic():
    ten = step("ten", 1000)

    assert ten.source_weight + ten.target_weight == 10_000
    assert not ten.gives_all
    assert step("all", 10_000).gives_all
    assert not step("all", 10_000, condition="host is a", strength=1).gives_all
