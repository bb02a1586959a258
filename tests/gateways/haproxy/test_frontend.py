from __future__ import annotations

from collections import Counter

import pytest

from gateways.domain.bucket import bucket
from gateways.haproxy.config import Protocol
from gateways.haproxy.frontend import socket_name
from tests.gateways.haproxy.builders import SOURCE, gateway
from tests.gateways.haproxy.live import Services, free_port, running

PLAIN, STUCK, OUTER, EMPTY, DEEP, MIXED = (free_port() for _ in range(6))


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    services = Services("one", "two")
    routes = {"stable": services.endpoint("one"), "next": services.endpoint("two")}
    split = {"stable": 7_000, "next": 3_000}
    tcp = {"protocol": Protocol.TCP}
    gateways = [
        gateway("plain", routes, split, port=PLAIN, **tcp),
        gateway("stuck", routes, split, port=STUCK, sticky=SOURCE, **tcp),
        gateway(
            "outer", {"in": "stuck", "next": routes["next"]}, {"in": 10_000}, port=OUTER, **tcp
        ),
        gateway("deep", {"in": "outer"}, port=DEEP, **tcp),
        gateway("empty", routes, {}, port=EMPTY, **tcp),
        gateway("web", {"only": routes["stable"]}),
        gateway("mixed", {"in": "web"}, port=MIXED, **tcp),
    ]
    with running(gateways, tmp_path_factory.mktemp("f")) as found:
        yield found
    services.stop()


@pytest.mark.haproxy
def test_tcp__connections__are_split_by_weight(live):
    names = Counter(live.get("x", port=PLAIN).name for _ in range(300))

    # 90 expected at 30 %; six standard deviations are 48.
    assert names.keys() == {"one", "two"}
    assert 42 <= names["two"] <= 138


@pytest.mark.haproxy
@pytest.mark.parametrize("port", [STUCK, OUTER, DEEP], ids=["itself", "nested", "nested twice"])
def test_tcp__sticky_by_source__same_route_each_time(live, port):
    drawn = bucket("127.0.0.1", "stuck")
    ranges = live.placement.parts["stuck"].layouts["stuck"]
    (backend,) = [item.backend for item in ranges if item.first <= drawn <= item.last]
    name = {"stuck:stable": "one", "stuck:next": "two"}[backend]

    assert {live.get("x", port=port).name for _ in range(10)} == {name}


@pytest.mark.haproxy
@pytest.mark.parametrize("port", [EMPTY, MIXED], ids=["no weights", "http behind tcp"])
def test_tcp__without_a_route__closes_the_connection(live, port):
    with pytest.raises(ConnectionError):
        live.get("x", port=port)


def test_socket_name__any_gateway__is_short_and_its_own():
    names = {socket_name("a" * length) for length in range(1, 64)}

    assert len(names) == 63
    assert {len(name) for name in names} == {21}
