from __future__ import annotations

import pytest

from gateways.documents.read import read_gateway
from gateways.domain.layout import Layout, rebalance
from gateways.haproxy.build import config_from, endpoint_at
from gateways.haproxy.config import (
    Balance,
    Endpoint,
    Host,
    Protocol,
    Stickiness,
    Sticky,
    Timeouts,
    Unsafe,
)
from vamp.documents.source import Source

DOCUMENT = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": ["shop.test", "*.shop.test/v1"],
    "sticky": {"header": "X-User-Id"},
    "balance": "leastconn",
    "timeouts": {"connect": "250ms", "server": "1m30s"},
    "retries": 1,
    "routes": [
        {"service": "shop", "version": "1.0.0", "weight": "90%"},
        {
            "service": "shop",
            "version": "1.1.0",
            "weight": "10%",
            "condition": "path starts /beta",
            "strength": "50%",
            "priority": 3,
        },
        {"gateway": "other"},
        {"addresses": ["10.0.0.7:8080", "[FD00::7]:80", "legacy.acme.test:80"], "name": "old"},
    ],
}
UP = Endpoint("i1", "10.0.0.1", 9_001)


def config_of(document, **more):
    found = read_gateway(Source.of(document))
    weights = {route.name: route.weight for route in found.routes}
    arguments = {
        "generation": 5,
        "layout": rebalance(Layout(), weights),
        "endpoints": {("shop", "1.0.0"): (UP,), ("else", "1"): (UP,)},
        **more,
    }
    return config_from(found, **arguments)


def test_config_from__full_document__is_all_of_it():
    config = config_of(DOCUMENT)

    first, second, third, fourth = config.routes
    assert (config.name, config.generation, config.port) == ("shop", 5, 0)
    assert config.hosts == (Host("shop.test"), Host("shop.test", "/v1", is_wildcard=True))
    assert config.sticky == Stickiness(Sticky.HEADER, "X-User-Id")
    assert config.balance is Balance.LEASTCONN
    assert config.timeouts == Timeouts(250, 90_000, 5_000)
    assert config.retries == 1
    assert config.layout.weights == {"shop-1.0.0": 9_000, "shop-1.1.0": 1_000}
    assert (first.endpoints, first.service, first.version) == ((UP,), "shop", "1.0.0")
    assert second.endpoints == ()
    assert second.condition is not None
    assert (second.condition.strength, second.condition.priority) == (5_000, 3)
    assert third.gateway == "other"
    assert [one.host for one in fourth.endpoints] == ["10.0.0.7", "fd00::7", "legacy.acme.test"]


def test_config_from__tcp_gateway__has_its_port():
    config = config_of(
        {
            "kind": "Gateway",
            "name": "db",
            "port": 9_052,
            "protocol": "tcp",
            "sticky": "source",
            "routes": [{"addresses": ["10.0.0.7:5432"]}],
        }
    )

    assert (config.protocol, config.port) == (Protocol.TCP, 9_052)
    assert config.sticky.kind is Sticky.SOURCE


def test_config_from__layout_of_another_gateway__is_refused():
    with pytest.raises(Unsafe, match="names"):
        config_of(DOCUMENT, layout=rebalance(Layout(), {"stranger": 10_000}))


def test_endpoint_at__addresses__have_names_of_their_own_that_stay():
    addresses = ["10.0.0.7:80", "10.0.0.7:81", "[fd00::7]:80", "a-b.test:80", "a.b.test:80"]
    addresses.append("x" * 63 + "." + "y" * 63 + ".test:80")

    names = [endpoint_at(address).name for address in addresses]

    assert len(set(names)) == len(names)
    assert names[0] == "a-10.0.0.7-80"
    assert names == [endpoint_at(address).name for address in addresses]
