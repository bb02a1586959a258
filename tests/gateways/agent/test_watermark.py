"""How far lines are complete."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.watermark import SILENCE_MS, SKEW_MS, WorkerReading, complete_until

NOW = 1_000_000


def reading(**more) -> WorkerReading:
    fields = {
        "pid": 1,
        "is_connected": True,
        "last_line_ended": NOW - 50_000,
        "last_received": NOW - 10_000,
        "has_more": False,
        "answered": NOW - 100,
    }
    return WorkerReading(**fields | more)


def test_complete_until__silent_worker_that_answers__is_close_to_now():
    assert complete_until([reading()], NOW) == NOW - 100 - SILENCE_MS


def test_complete_until__silent_worker_that_is_stuck__stays_where_it_last_answered():
    assert complete_until([reading(answered=NOW - 9_000)], NOW) == NOW - 9_000 - SILENCE_MS


def test_complete_until__lines_still_come__goes_as_far_as_they():
    busy = reading(last_received=NOW - 5, last_line_ended=NOW - 700)

    assert complete_until([busy], NOW) == NOW - 700 - SKEW_MS


def test_complete_until__bytes_wait_after_a_pause__goes_no_further_than_the_lines():
    stopped = reading(has_more=True, last_line_ended=NOW - 20_000)

    assert complete_until([stopped], NOW) == NOW - 20_000 - SKEW_MS


def test_complete_until__a_worker_without_connection__is_unknown():
    assert complete_until([reading(), reading(is_connected=False)], NOW) == 0


def test_complete_until__no_worker_at_all__is_close_to_now():
    assert complete_until([], NOW) == NOW - SILENCE_MS


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            WorkerReading,
            st.integers(1, 9),
            st.booleans(),
            st.integers(0, NOW),
            st.integers(0, NOW),
            st.booleans(),
            st.integers(0, NOW),
        ),
        min_size=1,
    )
)
def test_complete_until__any_workers__is_no_further_than_the_slowest(workers):
    found = complete_until(workers, NOW)

    assert found == min(complete_until([worker], NOW) for worker in workers)
    assert found <= NOW
