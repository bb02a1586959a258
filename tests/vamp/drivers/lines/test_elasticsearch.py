"""Raw lines on the real server: stored once, found again, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateways.agent.raw import Documents
from gateways.haproxy.part import RouteLabel
from tests.gateways.agent.test_lines import HTTP, TCP
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.drivers.lines.elasticsearch import MOST_LINES, ElasticsearchLines
from vamp.dsn import Dsn
from vamp.ports.lines import LineFilter, RawLine

ENDED = datetime(2026, 11, 23, 15, 46, 18, 562_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LABELS = {"other:only": RouteLabel("only", "checkout", "2.0.0")}


def request(second: int = 0, status: int = 200, route: str = "stable") -> bytes:
    line = HTTP.replace(b":15:46:18", b":15:46:%02d" % (18 + second))
    line = line.replace(b'"ST":200', b'"ST":%d' % status)
    return line.replace(b'"rt":["stable"', b'"rt":["%b"' % route.encode())


def made(*lines: bytes, first: int = 0) -> list[RawLine]:
    return Documents("one", "b00t", 1, lambda: LABELS).of([*enumerate(lines, first)])


def of(gateway: str = "shop", **more) -> LineFilter:
    return LineFilter(gateway, ENDED, ENDED + 30 * SECOND, **more)


@pytest.fixture
def space() -> Iterator[Space]:
    with Space.of_its_own() as found:
        yield found


@pytest.fixture
def store(space) -> ElasticsearchLines:
    return ElasticsearchLines(space.cluster, "acme", "eu-west")


def test_latest__limit_out_of_range__is_a_mistake_of_the_caller():
    dsn = Dsn.parse("elasticsearch://127.0.0.1:1/vamp?tls=off")
    store = ElasticsearchLines.from_dsn(dsn, organisation="acme", environment="production")

    for limit in (0, MOST_LINES + 1):
        with pytest.raises(ValueError, match="lines at once"):
            store.latest(of(), limit=limit)
    assert store.latest(LineFilter("shop", ENDED, ENDED), limit=1) == []
    assert store.write([]) == 0


@pytest.mark.stack
def test_write__again__stores_once_in_the_index_of_its_day(store, space):
    lines = made(request(0), request(1), TCP)

    assert store.write(lines) == 0
    assert store.write([*lines, *made(request(2), first=3)]) == 0

    assert space.indices() == [f"{space.prefix}-acme-eu_west-traffic-2026.11.23"]
    assert len(store.latest(of(), limit=10)) == 3


@pytest.mark.stack
def test_latest__requests__come_newest_first_and_read_as_they_were(store):
    store.write(made(*(request(second) for second in range(5))))

    found = store.latest(of(), limit=3)

    assert [each.at for each in found] == [ENDED + n * SECOND for n in (4, 3, 2)]
    first = found[0]
    assert (first.agent, first.gateways, first.routes) == (
        "one",
        ("shop", "other"),
        ("stable", "only"),
    )
    assert (first.service, first.version, first.instance) == ("checkout", "2.0.0", "i-1")
    assert (first.method, first.path, first.protocol) == ("GET", '/a"b', "HTTP/1.1")
    assert (first.status, first.bytes_out, first.client) == (200, 1234, "127.0.0.1")
    assert (first.wait_ms, first.connect_ms, first.answer_ms, first.total_ms) == (0, 1, 5, 9)
    assert (first.ending, first.share) == ("----", 1.0)


@pytest.mark.stack
def test_latest__route_status_and_gateway__narrow_it(store):
    store.write(made(request(0), request(1, 503), request(2, 404), request(3, route="canary"), TCP))

    def statuses(wanted: LineFilter) -> list[int]:
        return [each.status for each in store.latest(wanted, limit=10)]

    assert statuses(of(lowest_status=400)) == [404, 503]
    assert statuses(of(lowest_status=400, highest_status=499)) == [404]
    assert statuses(of(route="canary")) == [200]
    assert statuses(of("other", route="only")) == [200, 404, 503, 200]
    assert statuses(of("other", route="stable")) == []
    assert statuses(of("db")) == [0]
    assert statuses(LineFilter("shop", ENDED, ENDED + SECOND)) == [200]


@pytest.mark.stack
def test_write__broken_document__is_refused_and_the_others_are_stored(store):
    good, bad = made(request(0), request(1))

    refused = store.write([good, bad._replace(document=b'{"at":')])

    assert refused == 1
    assert len(store.latest(of(), limit=10)) == 1


@pytest.mark.stack
def test_write__client_is_no_address_and_a_field_is_new__is_stored_all_the_same(store):
    line = request(0).replace(b'"ci":"127.0.0.1"', b'"ci":"unix:1","new":{"a":1}')

    assert store.write(made(line)) == 0

    assert store.latest(of(), limit=1)[0].client == "unix:1"


@pytest.mark.stack
def test_question__by_the_names_for_people__finds_haproxys_fields(store, space):
    store.write(made(request(0, 503), request(1)))
    index = f"{space.prefix}-acme-eu_west-traffic-*"
    space.cluster.refresh(index)

    def count(**term) -> int:
        return space.cluster.client.count(index=index, query={"term": term})["count"]

    assert count(status=503) == 1
    assert count(client="127.0.0.1") == 2
    assert count(instance="i-1") == 2


@pytest.mark.stack
def test_environment__anothers_lines__are_never_seen(store, space):
    stranger = ElasticsearchLines(space.cluster, "acme-eu", "west")
    store.write(made(request(0)))
    stranger.write(made(request(0), request(1)))

    assert len(store.latest(of(), limit=10)) == 1
    assert stranger.prune(before=ENDED + 60 * SECOND) == 2
    assert len(store.latest(of(), limit=10)) == 1


@pytest.mark.stack
def test_prune__within_a_day__forgets_what_ended_before(store):
    store.write(made(*(request(second) for second in range(5))))

    assert store.prune(before=ENDED + 2 * SECOND) == 2
    assert [each.at for each in store.latest(of(), limit=9)] == [
        ENDED + n * SECOND for n in (4, 3, 2)
    ]
    assert store.prune(before=ENDED + timedelta(days=1)) == 3


@pytest.mark.stack
def test_of_day__read_out_and_written_elsewhere__is_the_same(store, space):
    other = ElasticsearchLines(space.cluster, "globex", "eu-west")
    store.write(made(*(request(second) for second in range(3))))
    ((day, count),) = store.days().items()

    for _ in range(2):
        assert other.write([*store.of_day(day)]) == 0

    assert (day, count) == (ENDED.date(), 3)
    assert other.days() == store.days()
    assert other.latest(of(), limit=9) == store.latest(of(), limit=9)
    assert [*store.of_day(day - timedelta(days=1))] == []
