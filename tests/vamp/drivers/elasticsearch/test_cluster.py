"""What the drivers share: searches in one request, templates before writes, fresh reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.vamp.drivers.elasticsearch.scripted import Answer, Request, scripted
from tests.vamp.drivers.elasticsearch.server import Space, requests_sent
from vamp.drivers.elasticsearch.bulk import creation
from vamp.drivers.elasticsearch.cluster import Cluster, Question
from vamp.drivers.elasticsearch.templates import Template
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused, PortUnavailable

EVENTS = Template("events", 1, {"n": {"type": "integer"}})
ALL = {"size": 10, "query": {"match_all": {}}, "sort": ["n"]}


def cluster_at(address: str) -> Cluster:
    return Cluster(Dsn.parse(f"elasticsearch://{address.removeprefix('http://')}/vamp?tls=off"))


@pytest.fixture
def space() -> Iterator[Space]:
    with Space.of_its_own() as found:
        yield found


def write(cluster: Cluster, index: str, *numbers: int):
    actions = [creation(index, str(n), json.dumps({"n": n}).encode()) for n in numbers]
    return cluster.store(EVENTS, actions)


def numbers_of(answer) -> list[int]:
    return [hit["_source"]["n"] for hit in answer.get("hits", {}).get("hits", ())]


def test_cluster__url_cannot_be_used__is_refused_before_anything_is_opened():
    with pytest.raises(Invalid):
        Cluster(Dsn.parse("elasticsearch:///vamp"))


def test_search__nothing_to_ask__asks_nobody():
    with scripted(lambda request: Answer(500)) as server:
        assert cluster_at(server.address).search([]) == []

    assert server.asked == []


@pytest.mark.parametrize(("status", "kind"), [(400, PortRefused), (429, PortUnavailable)])
def test_search__one_of_several_fails__is_the_ports_error(status, kind):
    responses = [{"status": 200}, {"status": status, "error": {"type": "x", "reason": "y"}}]

    with (
        scripted(lambda request: Answer(body={"responses": responses})) as server,
        pytest.raises(kind, match=f"{status}.*x: y"),
    ):
        cluster_at(server.address).search([Question("a", {}), Question("b", {})])


def test_store__template_cannot_be_put__writes_nothing():
    def say(request: Request) -> Answer:
        return Answer(503, {"error": "no master"})

    with scripted(say) as server, pytest.raises(PortUnavailable, match="no master"):
        write(cluster_at(server.address), "vamp-a-b-events-2026.03.01", 1)

    assert not any("_bulk" in request.path for request in server.asked)


@pytest.mark.stack
def test_search__several_questions__are_answered_in_their_order_by_one_request(space):
    first, second = (f"{space.prefix}-a-{name}-events-2026.03.01" for name in ("b", "c"))
    write(space.cluster, first, 1, 2)
    write(space.cluster, second, 3)
    space.cluster.refresh(f"{first},{second}")
    missing = f"{space.prefix}-a-nowhere-events-2026.03.01"

    with requests_sent() as sent:
        answers = space.cluster.search(
            [Question(second, ALL), Question(missing, ALL), Question(f"{first},{missing}", ALL)]
        )

    assert [numbers_of(answer) for answer in answers] == [[3], [], [1, 2]]
    assert len(sent) == 1


@pytest.mark.stack
def test_store__by_many_threads_and_a_child__stores_each_once(space):
    index = f"{space.prefix}-a-b-events-2026.03.01"
    write(space.cluster, index, 0)

    child = os.fork()
    if not child:
        try:
            write(space.cluster, index, *range(50))
        finally:
            os._exit(0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: write(space.cluster, index, *range(50)), range(8)))
    os.waitpid(child, 0)

    space.cluster.refresh(index)
    assert space.cluster.client.count(index=index)["count"] == 50


@pytest.mark.stack
def test_store__field_that_is_not_mapped__is_refused_and_the_others_are_stored(space):
    index = f"{space.prefix}-a-b-events-2026.03.01"
    actions = [
        creation(index, "good", b'{"n":1}'),
        creation(index, "bad", b'{"n":1,"other":2}'),
    ]

    found = space.cluster.store(EVENTS, actions)

    assert found.created == 1
    assert [*found.refused] == [1]
    assert "other" in found.refused[1]
