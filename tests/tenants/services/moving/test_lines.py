from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.connections import lines_at
from tenants.services import moves
from tenants.services.moving import metrics as road
from tests.factories import ACTOR
from tests.tenants.storages import Crash, crashing_at, gone_on
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.ports.lines import LineFilter, RawLine

pytestmark = [pytest.mark.django_db(databases=["default", "dedicated"]), pytest.mark.stack]


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(road, "QUIET_S", 0.0)


def lines(count, *, begin=0):
    now_ms = int((timezone.now() - timedelta(days=1)).timestamp() * 1000)
    return [
        RawLine(
            now_ms + n, b"vga-1/b1/%d" % n, b'{"at":%d,"gateways":["shop"],"ST":200}' % (now_ms + n)
        )
        for n in range(begin, begin + count)
    ]


def held(environment, url):
    store = lines_at(environment, url)
    end = timezone.now()
    wanted = LineFilter("shop", end - timedelta(days=3), end + timedelta(days=1))
    return len(store.latest(wanted, limit=1_000)), sum(store.days().values())


@pytest.fixture
def places(tenants):
    """An environment with 300 lines in an Elasticsearch of its own, and the URLs of two."""
    environment = tenants[0].environment
    with Space.of_its_own() as one, Space.of_its_own() as other:
        environment.metrics_url = one.url
        environment.save()
        lines_at(environment, one.url).write(lines(300))
        yield environment, one.url, other.url


def test_move__between_two_that_keep_lines__takes_them_along_and_those_of_late_writers(places):
    environment, old, new = places
    move = gone_on(moves.begin(environment, "metrics", new, actor=ACTOR))
    environment.refresh_from_db()
    assert (move.state, held(environment, new)) == ("following", (300, 300))
    late = RawLine(lines(1)[0].at_ms, b"vga-1/b1/late", lines(1)[0].document)
    lines_at(environment, old).write([late])

    moves.finish(move, actor=ACTOR)
    move = gone_on(move)

    assert move.state == "done"
    assert held(environment, new) == (301, 301)
    assert lines_at(environment, old).places() == []


def test_move__killed_in_the_middle__brings_each_line_once(places):
    environment, _, new = places
    move = moves.begin(environment, "metrics", new, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at("copied a day of lines"))

    assert gone_on(move).state == "following"
    assert held(environment, new) == (300, 300)


def test_move__to_one_that_keeps_none__removes_them_with_the_counts(places):
    environment, old, _ = places
    move = gone_on(moves.begin(environment, "metrics", "db:", actor=ACTOR))
    environment.refresh_from_db()

    moves.finish(move, actor=ACTOR)

    assert gone_on(move).state == "done"
    assert lines_at(environment, old).places() == []
