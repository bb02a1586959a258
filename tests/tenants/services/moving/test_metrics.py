from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tenants.connections import metrics_at, metrics_for
from tenants.services import moves
from tenants.services.moving import metrics as road
from tests.factories import ACTOR
from tests.tenants.storages import Crash, crashing_at, gone_on
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup, Window

pytestmark = [pytest.mark.django_db(databases=["default", "dedicated"]), pytest.mark.stack]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = Rollup(
    id="vga-1/b1/0/shop/old/0", agent="vga-1", gateway="shop", route="old", service="shop",
    version="1.0.0", start=NOON, seconds=1.0, count=7, statuses=(0, 7, 0, 0, 0, 0), errors=1,
    bytes_out=2**40, latency_sum_ms=12.5, latency_histogram=(7,) + (0,) * (HISTOGRAM_SIZE - 1),
)  # fmt: skip
DAY = Window("shop", NOON - timedelta(days=1), NOON + timedelta(days=1))


def rollups(count, *, every_s=10):
    return [
        replace(
            ONE, id=f"vga-1/b1/{n}/shop/old/0", start=NOON + timedelta(seconds=n * every_s), count=n
        )
        for n in range(count)
    ]


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(road, "QUIET_S", 0.0)


@pytest.fixture
def place(tenants, settings):
    """An environment with rollups of two hours in SQL, and the URL of an Elasticsearch of its own."""
    settings.METRICS_URL = "db:"
    environment = tenants[0].environment
    metrics_for(environment).write(rollups(500))
    with Space.of_its_own() as space:
        yield environment, space.url


def told(environment, own):
    store = metrics_at(environment, own)
    return store.traffic([DAY]), dict(store.tallies(step_s=3600.0))


def test_move__there_and_back__gives_the_same_sums(place):
    environment, url = place
    # More than a page, and than a batch.
    metrics_for(environment).write(rollups(5_000, every_s=1))
    before = told(environment, "")

    move = gone_on(moves.begin(environment, "metrics", url, actor=ACTOR))
    environment.refresh_from_db()

    assert (move.state, environment.metrics_url) == ("done", url)
    assert told(environment, url) == before
    assert told(environment, "")[1] == {}

    move = gone_on(moves.begin(environment, "metrics", "", actor=ACTOR))
    moves.finish(move, actor=ACTOR)

    assert gone_on(move).state == "done"
    assert told(environment, "") == before
    assert told(environment, url)[1] == {}


def test_rollup__written_again_after_the_move__counts_once(place):
    environment, url = place
    before = told(environment, "")
    gone_on(moves.begin(environment, "metrics", url, actor=ACTOR))
    environment.refresh_from_db()

    metrics_for(environment).write(rollups(100))  # an agent whose answer was lost

    assert told(environment, url) == before


def test_rollups__of_late_writers__are_taken_over(place):
    environment, url = place
    late = replace(ONE, id="late", start=NOON + timedelta(hours=3), count=11)

    def passing(point):
        if point == "switched":
            metrics_at(environment, "").write([late])

    gone_on(moves.begin(environment, "metrics", url, actor=ACTOR), passing=passing)

    window = Window("shop", late.start, late.start + timedelta(seconds=1))
    assert metrics_at(environment, url).traffic([window])[0].count == 11


@pytest.mark.parametrize(
    "point", ["check", "copied an hour", "copy", "switching", "switched", "switch", "settle"]
)
def test_move__killed_at_any_point__goes_on(place, point):
    environment, url = place
    before = told(environment, "")
    move = moves.begin(environment, "metrics", url, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at(point))

    assert gone_on(move).state == "done"
    assert told(environment, url) == before


def test_begin__the_same_store_by_another_name__ends_before_anything_is_lost(place):
    environment, url = place
    gone_on(moves.begin(environment, "metrics", url, actor=ACTOR))
    environment.refresh_from_db()
    before = told(environment, url)

    other_name = url.replace("127.0.0.1", "localhost")
    move = gone_on(moves.begin(environment, "metrics", other_name, actor=ACTOR))

    assert (move.state, move.error) == ("failed", "both URLs name the same store")
    assert told(environment, url) == before
