from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vamp.demo.records import record, span
from vamp.demo.ledger import Caller
from vamp.demo.summary import (
    failed_outside,
    last_answer_of,
    latency,
    lowest_rate,
    rate,
    share_in,
    taken_off,
)

VERSIONS = st.sampled_from(["1.0.0", "1.1.0", ""])
RECORDS = st.lists(
    st.builds(
        record,
        st.integers(0, 300).map(lambda tenths: tenths / 10),
        VERSIONS,
        user=st.sampled_from(["", "ann", "bob"]),
        agent=st.sampled_from(["a:1", "b:1"]),
        status=st.sampled_from([200, 500]),
        caller=st.sampled_from(list(Caller)),
    ),
    max_size=60,
)


@settings(max_examples=100, deadline=None)
@given(RECORDS, st.integers(0, 30), st.integers(0, 30))
def test_share__any_records__counts_what_lies_within(records, start, end):
    found = share_in(span(start, end), records)

    within = [
        each
        for each in records
        if each.sent_at >= start
        and each.ended_at < end
        and each.version
        and each.caller is not Caller.TESTER
    ]
    assert sum(found.answered.values()) == len(within)
    assert sum(found.visits.values()) == sum(not each.user for each in within)
    assert 0 <= found.share <= 1
    if within:
        assert found.share == pytest.approx(
            sum(each.version == "1.1.0" for each in within) / len(within)
        )


def test_share__requests_over_an_edge__are_left_out():
    records = [record(9.999), record(10.0), record(19.985), record(19.995)]

    assert share_in(span(10, 20), records).answered == {"1.0.0": 2}


def test_bounds__each_user_counts_once__however_often_it_asks():
    # 3 of 30 users have the target, and one of them asks most of the time.
    users = [record(index / 100, user=f"u{index}") for index in range(27)]
    users += [record(1 + index / 100, "1.1.0", user=f"t{index}") for index in range(3)]
    users += [record(2 + index / 1000, "1.1.0", user="t0") for index in range(2000)]
    visits = [
        record(5 + index / 100, "1.1.0" if index % 10 == 0 else "1.0.0") for index in range(100)
    ]

    assert share_in(span(0, 9), users + visits).is_within_bounds


@pytest.mark.parametrize(("on_target", "expected"), [(100, True), (0, False), (400, False)])
def test_bounds__of_a_thousand_visits_at_a_tenth__are_near_a_hundred(on_target, expected):
    records = [record(n / 1000, "1.1.0" if n < on_target else "1.0.0") for n in range(1000)]

    assert share_in(span(0, 2), records).is_within_bounds is expected


def test_bounds__no_traffic__are_never_kept():
    assert not share_in(span(0, 9), []).is_within_bounds


def test_failed__of_the_broken_version__is_not_outside():
    broken = record(1, "1.2.0", status=500)
    other, lost = record(2, status=500), record(3, "", status=0, failure="lost")

    assert failed_outside("1.2.0", [broken, other, lost, record(4)]) == (other, lost)


def test_taken_off__user_keeps_the_target__is_nobody():
    seen = [record(1, user="ann"), record(2, "1.1.0", user="ann"), record(3, "1.1.0", user="ann")]

    found = taken_off("1.1.0", [span(0, 10)], seen)

    assert (found.users, found.between_agents) == (frozenset(), frozenset())


def test_taken_off__same_agent_gives_the_source_again__is_that_user():
    spans = [span(0, 10), span(12, 20)]
    seen = [record(10.5, "1.1.0", user="ann"), record(10.7, user="ann")]

    assert taken_off("1.1.0", spans, seen).users == {"ann"}


def test_taken_off__other_agent_while_the_split_goes_live__is_between_agents():
    spans = [span(0, 10), span(12, 20)]
    seen = [record(10.5, "1.1.0", user="ann"), record(10.7, user="ann", agent="b:1")]

    found = taken_off("1.1.0", spans, seen)

    assert (found.users, found.between_agents) == (frozenset(), {"ann"})


@pytest.mark.parametrize("had_at", [5.0, 10.5])
def test_taken_off__other_agent_once_the_split_is_live__is_that_user(had_at):
    spans = [span(0, 10), span(12, 20)]
    seen = [record(had_at, "1.1.0", user="ann"), record(12.5, user="ann", agent="b:1")]

    assert taken_off("1.1.0", spans, seen).users == {"ann"}


def test_taken_off__after_the_last_span__is_nobody():
    seen = [record(5, "1.1.0", user="ann"), record(9.995, user="ann"), record(11, user="ann")]

    assert taken_off("1.1.0", [span(0, 10)], seen).users == frozenset()


@settings(max_examples=100, deadline=None)
@given(RECORDS)
def test_taken_off__any_records__is_a_part_of_those_who_had_the_target(records):
    found = taken_off("1.1.0", [span(0, 10), span(11, 40)], records)

    had = {each.user for each in records if each.user and each.version == "1.1.0"}
    assert found.users | found.between_agents <= had
    assert taken_off("1.1.0", [], records).users == frozenset()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=80))
def test_latency__any_times__is_of_the_times_and_rises(times):
    found = latency([record(0, ms=each) for each in times])

    assert found is not None
    assert found.p50 <= found.p95 <= found.p99
    for value, part in ((found.p50, 0.5), (found.p95, 0.95), (found.p99, 0.99)):
        assert any(value == pytest.approx(each) for each in times)
        assert sum(each <= value + 1e-6 for each in times) >= part * len(times)


def test_latency__nothing_answered__is_unknown():
    assert latency([record(0, failure="lost")]) is None


def test_last_answer__of_the_target__is_the_latest_after_the_moment():
    records = [record(1, "1.2.0"), record(5, "1.2.0"), record(6, "1.2.0", ms=500), record(9)]

    assert last_answer_of("1.2.0", 4.0, records) == 6.5
    assert last_answer_of("1.2.0", 7.0, records) is None


def test_rate__gap_in_the_traffic__shows_in_the_lowest():
    records = [record(n / 100) for n in range(1000)] + [record(15 + n / 100) for n in range(501)]

    assert rate(records) == pytest.approx(75, abs=1)
    assert lowest_rate(records, 5) == 0
    assert lowest_rate(records[:1000], 3) == pytest.approx(100, abs=1)
    assert (rate([]), lowest_rate([], 5), lowest_rate(records[:10], 5)) == (0, 0, 0)
