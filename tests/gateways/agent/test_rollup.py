"""Lines added up into rollups."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.lines import Line
from gateways.agent.rollup import RollupBook, RollupSource
from gateways.haproxy.part import RouteLabel
from vamp.ports.metrics import LATENCY_BOUNDS_MS

START = datetime(2026, 11, 23, 15, 46, 18, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


def book(**labels: RouteLabel) -> RollupBook:
    return RollupBook(RollupSource("one", "b00t", 1000), lambda: labels)


def line(
    gateways=b"shop", routes=b"stable", ms=0, asked=0, total=0, status=200, sent=10, ending=b"-"
) -> Line:
    moment = datetime.fromtimestamp((START_MS + ms) // 1000, UTC)
    return (
        gateways,
        routes,
        moment.strftime("%d/%b/%Y:%H:%M:%S").encode(),
        b"%03d" % (ms % 1000),
        b"%d" % asked,
        b"%d" % total,
        b"%d" % status,
        b"%d" % sent,
        ending,
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"shop", b"other"]),
            st.integers(0, 9_000),
            st.integers(0, 70_000),
            st.integers(-1, 599),
            st.integers(0, 10**9),
        ),
        max_size=60,
    ),
    st.lists(st.integers(0, 90_000), max_size=5),
)
def test_book__any_lines_and_closings__count_each_line_once(found, closings):
    kept, rollups = book(), []
    lines = [line(g, ms=ms, total=t, status=status, sent=b) for g, ms, t, status, b in found]

    for place, until in enumerate(closings):
        kept.add(lines[place :: len(closings) + 1])
        rollups += kept.close(START_MS + until)
    for place in range(len(closings), len(closings) + 1):
        kept.add(lines[place :: len(closings) + 1])
    rollups += kept.close(1 << 60)

    assert sum(r.count for r in rollups) == len(lines)
    assert sum(r.bytes_out for r in rollups) == sum(b for *_, b in found)
    assert sum(r.errors for r in rollups) == sum(status >= 500 for *_, status, _ in found)
    assert all(sum(r.statuses) == sum(r.latency_histogram) == r.count for r in rollups)
    assert len({r.id for r in rollups}) == len(rollups)


def test_book__line__is_counted_in_the_span_in_which_it_ended():
    kept = book(**{"shop:stable": RouteLabel("stable", "shop", "1.0.0")})

    last_ended, unreadable = kept.add([line(ms=900, total=350)])
    rollup = kept.close(START_MS + 2000)[0]

    assert (last_ended, unreadable) == (START_MS + 1250, 0)
    assert rollup.id == f"one/b00t/{START_MS + 1000}/shop/stable/0"
    assert (rollup.service, rollup.version) == ("shop", "1.0.0")
    assert (rollup.start.timestamp() * 1000, rollup.seconds) == (START_MS + 1000, 1.0)


def test_book__keep_alive_connection__leaves_its_idle_time_out():
    kept = book()

    kept.add([line(asked=1500, total=1512)])

    assert kept.close(1 << 60)[0].latency_sum_ms == 12


def test_book__latencies_at_the_bounds__are_in_the_bound_that_they_reach():
    kept = book()

    for ms in (0, 1, 2, 65_536, 65_537):
        kept.add([line(total=ms)])
    histograms = [r.latency_histogram for r in kept.close(1 << 60)]

    places = sorted(
        place for h in histograms for place, count in enumerate(h) for _ in range(count)
    )
    last = len(LATENCY_BOUNDS_MS)
    assert places == [0, 0, LATENCY_BOUNDS_MS.index(2), last - 1, last]


def test_book__request_through_two_gateways__counts_for_both():
    kept = book()

    kept.add([line(b'shop","other', b'nested","only')])
    kept.add([line(b"other", b"only")])
    counts = {(r.gateway, r.route): r.count for r in kept.close(1 << 60)}

    assert counts == {("shop", "nested"): 1, ("other", "only"): 2}


def test_book__nobody_has_the_host__is_counted_nowhere():
    kept = book()

    kept.add([line(b"", b"")])

    assert kept.close(1 << 60) == []


def test_book__no_answer_or_server_ended__are_told_apart():
    kept = book()

    kept.add(
        [line(status=-1, ending=b"C"), line(status=200, ending=b"s"), line(status=0, ending=b"S")]
    )
    rollup = kept.close(1 << 60)[0]

    assert rollup.statuses == (0, 1, 0, 0, 0, 2)
    assert rollup.errors == 2


def test_book__late_line__makes_a_further_rollup():
    kept = book()
    kept.add([line()])
    first = kept.close(START_MS + 1000)

    kept.add([line(ms=500)])
    second = kept.close(START_MS + 1000)

    assert [r.id.rpartition("/")[2] for r in first + second] == ["0", "1"]


def test_book__date_that_is_none__is_unreadable():
    kept = book()
    torn = (*line()[:2], b"99/Xxx/2026:15:46:18", *line()[3:])

    assert kept.add([torn, line()]) == (START_MS, 1)
