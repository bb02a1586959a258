"""What every metrics store owes. A new driver joins by an entry in `DRIVERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tests.vamp.drivers.elasticsearch.server import Space, requests_sent
from vamp.drivers.metrics.database import DatabaseMetrics
from vamp.ports.metrics import HISTOGRAM_SIZE, MetricsStore, Rollup, Traffic, Window
from vamp.traffic import total

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Driver:
    """Opens the store of an environment, and counts its round trips where it can."""

    open: Callable[[str, str], MetricsStore]
    round_trips: Callable[[], AbstractContextManager[list[str] | CaptureQueriesContext]]


@contextmanager
def _database(alias: str) -> Iterator[Driver]:
    yield Driver(
        open=lambda organisation, environment: DatabaseMetrics(alias, organisation, environment),
        round_trips=lambda: CaptureQueriesContext(connections[alias]),
    )


@contextmanager
def _elasticsearch() -> Iterator[Driver]:
    with Space.of_its_own() as space:
        yield Driver(open=space.metrics, round_trips=requests_sent)


DRIVERS: dict[str, Callable[[], AbstractContextManager[Driver]]] = {
    "db": lambda: _database("default"),
    "db-dedicated": lambda: _database("dedicated"),
    "elasticsearch": _elasticsearch,
}


@pytest.fixture(
    params=["db", "db-dedicated", pytest.param("elasticsearch", marks=pytest.mark.stack)]
)
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    with DRIVERS[request.param]() as found:
        yield found


@pytest.fixture
def store(driver: Driver) -> MetricsStore:
    return driver.open("acme", "production")


def rollup(
    second: float = 0,
    *,
    gateway: str = "shop",
    route: str = "stable",
    version: str = "1.0.0",
    agent: str = "vga-1",
    part: int = 0,
    count: int = 3,
    errors: int = 1,
) -> Rollup:
    histogram = [0] * HISTOGRAM_SIZE
    histogram[4], histogram[-1] = count - errors, errors
    start = NOON + timedelta(seconds=second)
    return Rollup(
        id=f"{agent}/boot/{start.isoformat()}/{gateway}/{route}/{part}",
        agent=agent,
        gateway=gateway,
        route=route,
        service="shop",
        version=version,
        start=start,
        seconds=1.0,
        count=count,
        statuses=(0, count - errors, 0, 0, errors, 0),
        errors=errors,
        bytes_out=1000 * count,
        latency_sum_ms=12.5 * count,
        latency_histogram=tuple(histogram),
    )


def window(
    start: float = 0,
    end: float = 60,
    *,
    gateway: str = "shop",
    route: str | None = None,
    version: str | None = None,
) -> Window:
    return Window(gateway, NOON + start * SECOND, NOON + end * SECOND, route, version)


def test_traffic__nothing_written__is_empty_for_each_window(store: MetricsStore) -> None:
    assert list(store.traffic([window(), window(gateway="other")])) == [Traffic(), Traffic()]
    assert list(store.traffic([])) == []


def test_traffic__rollups_of_two_agents__are_summed_field_by_field(store: MetricsStore) -> None:
    written = [rollup(1, count=5, errors=2), rollup(1, agent="vga-2", count=7, errors=0)]
    store.write(written)

    (found,) = store.traffic([window()])

    assert found == total(written)
    assert (found.count, found.errors, found.bytes_out) == (12, 2, 12_000)
    assert found.statuses == (0, 10, 0, 0, 2, 0)
    assert found.latency_sum_ms == pytest.approx(150)
    assert found.latency_histogram[4] == 10
    assert found.latency_histogram[-1] == 2


def test_traffic__window__takes_its_start_and_leaves_its_end(store: MetricsStore) -> None:
    store.write([rollup(second, count=10**second, errors=0) for second in range(5)])

    found = store.traffic([window(1, 3), window(1.5, 3.000001), window(0, 0), window(4, 1)])

    assert [one.count for one in found] == [110, 1100, 0, 0]


def test_traffic__route_and_version__narrow_it(store: MetricsStore) -> None:
    store.write(
        [
            rollup(1, count=1, errors=0),
            rollup(1, route="canary", version="1.1.0", count=10, errors=0),
            rollup(2, route="canary", version="1.2.0", count=100, errors=0),
            rollup(1, gateway="other", count=1000, errors=0),
        ]
    )

    found = store.traffic(
        [
            window(),
            window(route="stable"),
            window(route="canary"),
            window(version="1.1.0"),
            window(route="canary", version="1.2.0"),
            window(route="stable", version="1.2.0"),
            window(gateway="other"),
            window(route=""),
        ]
    )

    assert [one.count for one in found] == [111, 1, 110, 10, 100, 0, 1000, 0]


def test_traffic__windows_unordered_and_repeated__answers_in_their_order(
    store: MetricsStore,
) -> None:
    store.write([rollup(0, count=1, errors=0), rollup(1, count=2, errors=0)])

    found = store.traffic([window(1), window(0), window(0, 1), window(1)])

    assert [one.count for one in found] == [2, 3, 1, 2]


def test_traffic__names_that_could_break_a_query__are_only_names(store: MetricsStore) -> None:
    name = "a'\"b\\%_$[0]{}"
    store.write([rollup(route=name, version=name), rollup(route="aXbXX")])

    found = store.traffic(
        [window(route=name), window(version=name), window(route="a'\"b\\%%$[0]{}")]
    )

    assert [one.count for one in found] == [3, 3, 0]


def test_traffic__one_window_or_many__costs_a_round_trip_for_every_100_at_most(
    driver: Driver, store: MetricsStore
) -> None:
    store.write([rollup()])
    spent = []

    for windows in ([window()], [window(route=f"route-{n}") for n in range(1500)]):
        with driver.round_trips() as trips:
            found = store.traffic(windows)
        assert len(found) == len(windows)
        spent.append(len(trips))

    assert 0 < spent[1] <= spent[0] * 15


def test_write__again_or_in_part__changes_nothing(store: MetricsStore) -> None:
    store.write([rollup(1)])

    store.write([rollup(1, count=99), rollup(1), rollup(2), rollup(2)])

    assert [one.count for one in store.traffic([window(1, 2), window(2, 3)])] == [3, 3]


def test_write__late_lines_as_a_further_part__are_added(store: MetricsStore) -> None:
    store.write([rollup(1), rollup(1, part=1, count=1, errors=0)])

    assert store.traffic([window()])[0].count == 4


def test_write__ids_that_differ_only_at_their_end__are_different(store: MetricsStore) -> None:
    long = "x" * 300
    store.write([replace(rollup(1), id=long + "1"), replace(rollup(1), id=long + "2")])

    assert store.traffic([window()])[0].count == 6


def test_write__many__stores_all(store: MetricsStore) -> None:
    store.write([rollup(second / 10, route=f"r{second % 7}") for second in range(1000)])
    store.write([])

    assert store.traffic([window(0, 100)])[0].count == 3000


def test_write__large_counters__are_exact(store: MetricsStore) -> None:
    large = replace(rollup(1), count=2**40, bytes_out=2**50)
    store.write([large, replace(large, id="another", count=1)])

    (found,) = store.traffic([window()])
    assert found.count == 2**40 + 1
    assert found.bytes_out == 2**51


def test_environment__anothers_traffic__is_never_seen(driver: Driver, store: MetricsStore) -> None:
    store.write([rollup(1)])

    for organisation, environment in [("acme", "staging"), ("other", "production")]:
        stranger = driver.open(organisation, environment)
        assert stranger.traffic([window()])[0].count == 0
        assert not stranger.series(window(), step_s=5)
        assert stranger.prune(before=NOON + 60 * SECOND) == 0
        stranger.write([rollup(1, count=50)])

    assert store.traffic([window()])[0].count == 3


def test_series__steps__are_summed_by_route_oldest_first(store: MetricsStore) -> None:
    store.write([rollup(second, count=1, errors=0) for second in (10, 12.5, 14.999, 25)])
    store.write([rollup(14, route="canary", count=5, errors=0), rollup(60, count=9)])

    found = store.series(window(10, 60), step_s=5)

    assert [(start, route, one.count) for start, route, one in found] == [
        (NOON + 10 * SECOND, "canary", 5),
        (NOON + 10 * SECOND, "stable", 3),
        (NOON + 25 * SECOND, "stable", 1),
    ]
    assert all(start.tzinfo is not None for start, _, _ in found)
    assert found[1][2] == total(rollup(0, count=1, errors=0) for _ in range(3))


def test_series__fractional_step_and_one_route__keeps_to_both(store: MetricsStore) -> None:
    store.write([rollup(0.2), rollup(0.3), rollup(0.3, route="canary", version="1.1.0")])

    by_route = store.series(window(route="stable"), step_s=0.25)
    by_version = store.series(window(version="1.1.0"), step_s=0.25)

    assert [start for start, _, _ in by_route] == [NOON, NOON + 0.25 * SECOND]
    assert [route for _, route, _ in by_version] == ["canary"]


def test_prune__old_rollups__go_and_are_counted(store: MetricsStore) -> None:
    store.write([rollup(second) for second in range(10)])

    pruned = store.prune(before=NOON + 4 * SECOND)

    assert pruned == 4
    assert store.traffic([window(0, 4), window(4, 60)])[1].count == 18
    assert store.traffic([window(0, 4)])[0].count == 0
    assert store.prune(before=NOON + 4 * SECOND) == 0


def test_check__prepared__tells_system_version_and_latency(store: MetricsStore) -> None:
    store.prepare()
    store.prepare()

    found = store.check()

    assert found.is_prepared, found
    assert found.system
    assert found.version
    assert found.latency_ms is not None


def test_check__that_looked__left_no_traffic(store: MetricsStore) -> None:
    store.prepare()
    store.check()

    window = Window("shop", NOON - SECOND, NOON + SECOND)
    assert store.traffic([window]) == [Traffic()]
