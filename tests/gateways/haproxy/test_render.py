from __future__ import annotations

from dataclasses import replace

from gateways.domain.layout import rebalance
from gateways.haproxy.config import Endpoint, Protocol
from gateways.haproxy.part import BucketRange, Part, Probe, RouteLabel, ServerLine
from gateways.haproxy.render import render_part, render_parts
from tests.gateways.haproxy.builders import COOKIE, gateway, when

ONE, TWO = Endpoint("i-1", "10.0.0.1", 80), Endpoint("i-2", "10.0.0.2", 80, 0)


def test_render_part__plain_gateway__is_backends_maps_and_layouts():
    shop = gateway(
        "shop",
        {"old": ONE, "new": TWO, "in": "inner"},
        {"old": 9_000, "new": 1_000},
        sticky=COOKIE,
        hosts=("shop.test", "*.shop.test/v1"),
        generation=7,
    )
    shop = replace(
        shop, routes=(replace(shop.routes[0], service="s", version="1"), *shop.routes[1:])
    )

    part = render_part(shop)

    assert part.maps == {
        "kinds.map": {"shop": "cookie"},
        "generations.map": {"shop": "7"},
        "hosts.map": {"shop.test/": "shop"},
        "wildcards.map": {"shop.test/v1/": "shop"},
        "nested.map": {"shop:in": "inner"},
    }
    assert part.layouts == {
        "shop": (BucketRange(0, 999, "shop:new"), BucketRange(1_000, 9_999, "shop:old"))
    }
    assert part.servers == {
        "shop:old": (ServerLine("i-1", "10.0.0.1", 80, 100),),
        "shop:new": (ServerLine("i-2", "10.0.0.2", 80, 0),),
    }
    assert part.labels["shop:old"] == RouteLabel("old", "s", "1")
    assert part.labels.keys() == {"shop:old", "shop:new", "shop:in"}
    assert part.probes == (
        Probe("http", 0, "shop.test", "/"),
        Probe("http", 0, "vamp-probe.shop.test", "/v1"),
    )
    assert "frontend" not in part.sections
    assert part.sections.count("backend ") == 2


def test_render_part__conditions__each_have_a_draw_of_their_strength():
    def draw(strength):
        config = gateway("s", {"a": ONE, "b": TWO}, conditions={"b": when("true", strength)})
        return render_part(config).layouts["s/b"]

    assert draw(0) == (BucketRange(0, 9_999, ""),)
    assert draw(10_000) == (BucketRange(0, 9_999, "s:b"),)
    assert draw(1) == (BucketRange(0, 0, "s:b"), BucketRange(1, 9_999, ""))


def test_render_part__only_what_changes_at_run_time__leaves_the_sections():
    routes = {"a": ONE, "b": TWO}
    before = gateway("s", routes, conditions={"b": when("path is /x", 5_000)})
    after = replace(
        gateway("s", routes, conditions={"b": when("path is /x", 100)}, hosts=("other.test",)),
        generation=9,
        layout=rebalance(before.layout, {"a": 1, "b": 9_999}),
    )
    after = replace(after, routes=(replace(after.routes[0], endpoints=()), after.routes[1]))

    assert render_part(before).sections == render_part(after).sections


def test_render_part__own_port__has_its_port_and_a_probe_of_it():
    http = render_part(gateway("mesh", {"a": ONE}, port=9_050))
    tcp = render_part(gateway("db", {"a": ONE}, port=9_051, protocol=Protocol.TCP))

    assert (http.ports, http.probes) == ((9_050,), (Probe("http", 9_050, "mesh"),))
    assert (tcp.ports, tcp.probes) == ((9_051,), (Probe("tcp", 9_051, "db"),))
    assert tcp.maps["kinds.map"] == {"db": "tcp"}


def test_render_part__no_weights__has_a_draw_that_gives_nothing():
    assert render_part(gateway("s", {"a": ONE}, {})).layouts == {"s": (BucketRange(0, 9_999, ""),)}


def test_render_part__twice__same_bytes_that_read_back():
    config = gateway("s", {"a": ONE, "b": TWO}, conditions={"b": when("has cookie x")})

    text = render_part(config).to_json()

    assert text == render_part(config).to_json()
    assert Part.from_json(text) == render_part(config)


def test_render_parts__several__are_those_that_each_gives():
    configs = [gateway(f"g{index}", {"a": ONE, "b": TWO}, {"a": 10_000}) for index in range(5)]

    assert render_parts(iter(configs)) == [render_part(config) for config in configs]
