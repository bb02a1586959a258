"""The driver through faults; what every store owes is in `tests.contracts.test_metrics`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.test_metrics import NOON, SECOND, rollup, window
from tests.vamp.drivers.elasticsearch.scripted import (
    Answer,
    Request,
    forward,
    page,
    scripted,
    template_is_there,
)
from tests.vamp.drivers.elasticsearch.server import Space, requests_sent
from vamp.drivers.metrics.elasticsearch import ElasticsearchMetrics
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.metrics import RollupsRefused, Window

SHARDS = {"_shards": {"total": 1, "successful": 1, "failed": 0}}


def store_at(address: str, prefix: str = "vamp") -> ElasticsearchMetrics:
    url = f"elasticsearch://{address.removeprefix('http://')}/{prefix}?tls=off"
    return ElasticsearchMetrics.from_dsn(
        Dsn.parse(url), organisation="acme", environment="production"
    )


@pytest.fixture
def space() -> Iterator[Space]:
    with Space.of_its_own() as found:
        yield found


def through(space: Space, address: str) -> ElasticsearchMetrics:
    return store_at(address, space.prefix)


def counted(space: Space) -> int:
    return space.metrics("acme", "production").traffic([window(0, 3600)])[0].count


def test_traffic__one_search_fails__is_no_traffic_but_an_error():
    failed = {"status": 503, "error": {"type": "search_phase", "reason": "shard is away"}}

    def say(request: Request) -> Answer:
        is_search = "_msearch" in request.path
        return Answer(body={"responses": [failed]} if is_search else SHARDS)

    with scripted(say) as server, pytest.raises(PortUnavailable, match=r"503.*shard is away"):
        store_at(server.address).traffic([window()])


def test_traffic__a_shard_cannot_be_refreshed__is_no_traffic_but_an_error():
    with (
        scripted(lambda request: Answer(body={"_shards": {"failed": 1}})) as server,
        pytest.raises(PortUnavailable, match="refresh"),
    ):
        store_at(server.address).traffic([window()])


def test_traffic__search_is_cut_short__is_no_traffic_but_an_error():
    def say(request: Request) -> Answer:
        cut = {"responses": [{"status": 200, "timed_out": True}]}
        return Answer(body=cut if "_msearch" in request.path else SHARDS)

    with scripted(say) as server, pytest.raises(PortUnavailable, match="in time"):
        store_at(server.address).traffic([window()])


def test_traffic__too_many_sums__is_refused_with_the_reason():
    error = {"status": 400, "error": {"type": "too_many_buckets", "reason": "65536"}}

    def say(request: Request) -> Answer:
        body = {"responses": [error]} if "_msearch" in request.path else SHARDS
        return Answer(body=body)

    with scripted(say) as server, pytest.raises(PortRefused, match="too_many_buckets"):
        store_at(server.address).series(window(), step_s=1)


def test_traffic__windows_longer_than_nothing_are_none__asks_nobody():
    with scripted(lambda request: Answer(500)) as server:
        found = store_at(server.address).traffic([window(3, 3), window(4, 1)])

    assert [one.count for one in found] == [0, 0]
    assert server.asked == []


def test_write__some_are_refused__tells_which():
    def say(request: Request) -> Answer:
        refused = {"status": 400, "error": {"type": "strict", "reason": "no field x"}}
        items = [{"create": {"status": 201}}, {"create": refused}]
        return template_is_there(request) or Answer(body={"errors": True, "items": items})

    with scripted(say) as server, pytest.raises(RollupsRefused, match="no field x") as caught:
        store_at(server.address).write([rollup(1), rollup(2)])

    assert [*caught.value.reasons] == [rollup(2).id]


@pytest.mark.stack
def test_write__around_midnight__lies_in_the_index_of_its_start(space):
    store = space.metrics("acme", "eu-west")
    late = replace(rollup(1), start=NOON.replace(hour=23, minute=59, second=59))
    early = replace(rollup(2), start=NOON.replace(hour=0) + timedelta(days=1))

    for _ in range(2):
        store.write([late, early])

    assert space.indices() == [
        f"{space.prefix}-acme-eu_west-rollup-2026.03.01",
        f"{space.prefix}-acme-eu_west-rollup-2026.03.02",
    ]
    day = Window("shop", NOON, NOON + timedelta(days=1))
    assert store.traffic([day])[0].count == late.count + early.count


@pytest.mark.stack
def test_write__tenants_whose_names_look_alike__see_their_own(space):
    places = [("a-b", "c"), ("a", "b-c"), ("a", "b"), ("a-b-c", "rollup"), ("a", "b-c-rollup")]
    stores = [space.metrics(*place) for place in places]

    for number, store in enumerate(stores, 1):
        store.write([rollup(1, count=number, errors=0)])

    assert [store.traffic([window()])[0].count for store in stores] == [1, 2, 3, 4, 5]
    assert stores[0].prune(before=NOON + 60 * SECOND) == 1
    assert [store.traffic([window()])[0].count for store in stores] == [0, 2, 3, 4, 5]


@pytest.mark.stack
def test_write__index_by_an_unknown_field__is_refused_by_the_real_server(space):
    space.metrics("acme", "production").write([rollup(1)])
    index = f"{space.prefix}-acme-production-rollup-2026.03.01"
    mapping = space.cluster.client.indices.get_mapping(index=index)[index]["mappings"]

    assert mapping["dynamic"] == "strict"
    assert mapping["properties"]["bytes_out"]["type"] == "long"


@pytest.mark.stack
def test_write__proxy_puts_some_off_and_the_real_server_takes_the_rest__stores_each_once(space):
    """429 for every third document the first time that it comes, the others forwarded."""
    seen: set[str] = set()

    def say(request: Request) -> Answer:
        if "_bulk" not in request.path:
            return forward(space.address, request)
        lines = request.body.splitlines()
        heads = [json.loads(line)["create"]["_id"] for line in lines[::2]]
        put_off = {h for n, h in enumerate(heads) if n % 3 == 0 and h not in seen}
        seen.update(heads)
        passed = [n for n, h in enumerate(heads) if h not in put_off]
        body = b"".join(b"%b\n%b\n" % (lines[2 * n], lines[2 * n + 1]) for n in passed)
        answers = json.loads(forward(space.address, replace(request, body=body)).text)["items"]
        merged = iter(answers)
        busy = {"create": {"status": 429, "error": {"type": "rejected", "reason": "queue is full"}}}
        items = [busy if h in put_off else next(merged) for h in heads]
        return Answer(body={"errors": True, "items": items})

    with scripted(say) as proxy:
        through(space, proxy.address).write([rollup(second) for second in range(100)])
        bulks = [request for request in proxy.asked if "_bulk" in request.path]

    assert counted(space) == 300
    assert [len(request.lines) // 2 for request in bulks] == [100, 34]


@pytest.mark.stack
def test_write__server_goes_away_with_the_answer_and_returns__nothing_is_lost_or_twice(space):
    """The first bulk is stored, but its answer never comes; then there is nobody; then all is well."""
    is_away, cuts = False, [True, True]

    def say(request: Request) -> Answer:
        if is_away:
            return Answer(is_cut=True)
        found = forward(space.address, request)
        if "_bulk" in request.path and cuts:
            cuts.pop()
            return Answer(is_cut=True)
        return found

    rollups = [rollup(second) for second in range(50)]
    with scripted(say) as proxy:
        store = through(space, proxy.address)
        with pytest.raises(PortUnavailable):
            store.write(rollups)
        is_away = True
        with pytest.raises(PortUnavailable):
            store.write(rollups)
        with pytest.raises(PortUnavailable):
            store.traffic([window()])
        is_away = False
        store.write(rollups)

    assert counted(space) == 150


@pytest.mark.stack
def test_write__server_lost_its_template__puts_it_again_before_it_writes(space):
    broken = [page(503)]

    def say(request: Request) -> Answer:
        return broken[0] if broken and "_bulk" in request.path else forward(space.address, request)

    with scripted(say) as proxy:
        store = through(space, proxy.address)
        with pytest.raises(PortUnavailable):
            store.write([rollup(1)])
        space.clear()
        broken.clear()
        store.write([rollup(1)])

    (index,) = space.indices()
    mapping = space.cluster.client.indices.get_mapping(index=index)[index]["mappings"]
    assert mapping["dynamic"] == "strict"


@pytest.mark.stack
def test_traffic__one_window_or_300__is_one_refresh_and_one_msearch(space):
    store = space.metrics("acme", "production")
    store.write([rollup(1)])

    for count in (1, 300):
        with requests_sent() as sent:
            store.traffic([window(route=f"r{n}") for n in range(count)])

        assert len(sent) == 2
        assert "_refresh" in sent[0]
        assert "_msearch" in sent[1]


@pytest.mark.stack
def test_series__a_long_window_in_small_steps__is_exact_in_every_step(space):
    store = space.metrics("acme", "production")
    store.write([rollup(second, count=second + 1, errors=0) for second in range(0, 900, 7)])

    found = store.series(window(0, 900), step_s=1)

    expected = [(NOON + s * SECOND, s + 1) for s in range(0, 900, 7)]
    assert [(start, one.count) for start, _, one in found] == expected
