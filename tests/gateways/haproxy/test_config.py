from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.condition.ast import Match, Operator, Subject
from gateways.domain.layout import Layout
from gateways.haproxy.config import (
    Endpoint,
    GatewayConfig,
    Host,
    Protocol,
    Route,
    RouteCondition,
    Stickiness,
    Sticky,
    Timeouts,
    Unsafe,
    is_address,
)
from gateways.haproxy.render import render_part
from tests.gateways.haproxy.builders import COOKIE, SOURCE, gateway, when

NASTY = st.one_of(
    st.text(max_size=12),
    st.text("\n\r\0 \t'\"#{}$\\;,()%`|&<>\u0430\uff0e\u3002\ufb00", min_size=1, max_size=4).flatmap(
        lambda bad: st.sampled_from(
            [bad, f"shop{bad}", f"shop{bad}x", f"{bad}shop", f"a.b{bad}c.d"]
        )
    ),
)
UP = Endpoint("up", "10.0.0.1", 80)
PLAIN = re.compile(r"[A-Za-z0-9._:/~!&*+=@%-]*", re.ASCII)


def built(value):
    """Build a gateway that has `value` wherever a text may stand; give back its places."""

    def route(**texts):
        return GatewayConfig("g", 1, (Route("r", **texts),), Layout(), port=1)

    return [
        lambda: GatewayConfig(value, 1, (), Layout(), port=1),
        lambda: gateway("g", {value: UP}, port=1),
        lambda: gateway("g", {"r": UP}, hosts=(Host(value),)),
        lambda: gateway("g", {"r": UP}, hosts=(Host("a.test", value),)),
        lambda: gateway("g", {"r": UP}, hosts=(Host.parse(value),)),
        lambda: gateway("g", {"r": Endpoint(value, "10.0.0.1", 80)}, port=1),
        lambda: gateway("g", {"r": Endpoint("e", value, 80)}, port=1),
        lambda: route(gateway=value),
        lambda: route(service=value),
        lambda: route(version=value),
        lambda: gateway("g", {"r": UP}, port=1, sticky=Stickiness(Sticky.HEADER, value)),
    ]


@settings(deadline=None, max_examples=150)
@given(NASTY, st.integers(0, 10))
def test_config__any_text_anywhere__is_plain_or_refused(value, place):
    try:
        config = built(value)[place]()
    except ValueError:
        return

    assert PLAIN.fullmatch(value)
    for name, entries in render_part(config).maps.items():
        for key, text in entries.items():
            assert PLAIN.fullmatch(key), name
            assert PLAIN.fullmatch(text), name


@settings(deadline=None, max_examples=100)
@given(st.text(min_size=1, max_size=8), st.integers(0, 3))
def test_config__any_text_in_a_condition__stays_one_word(value, place):
    makers = [
        lambda: Match(Subject.PATH, Operator.STARTS, value),
        lambda: Match(Subject.HEADER, Operator.IS, value, "x"),
        lambda: Match(Subject.COOKIE, Operator.IS, "v", value),
        lambda: Match(Subject.HOST, Operator.IS, value),
    ]
    try:
        match = makers[place]()
    except ValueError:
        return

    route = Route("r", (UP,), condition=RouteCondition(match))
    config = GatewayConfig("g", 1, (route,), Layout(), port=1)
    lines = [line for line in render_part(config).sections.split("\n") if " acl c1 " in line]

    assert len(lines) == 1
    assert re.fullmatch(r"    acl c1 [A-Za-z0-9 ._/:,+\\()-]+", lines[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"hosts": (), "port": 0},
        {"hosts": (Host("a.test"),), "port": 80},
        {"port": 65_536, "hosts": ()},
        {"retries": 101},
        {"generation": -1},
        {"generation": 1.5},
        {"generation": True},
        {"routes": (Route("a", (UP,)), Route("a", (UP,)))},
        {"layout": gateway("x", {"other": UP}).layout},
    ],
)
def test_config__that_does_not_hold_together__is_refused(wrong):
    with pytest.raises(Unsafe):
        replace(gateway("shop", {"a": UP}), **wrong)


@pytest.mark.parametrize("more", [{"sticky": COOKIE}, {"conditions": {"a": when("true")}}])
def test_config__tcp_with_what_only_http_has__is_refused(more):
    with pytest.raises(Unsafe, match="tcp gateway"):
        gateway("db", {"a": UP}, port=1, protocol=Protocol.TCP, **more)

    with pytest.raises(Unsafe, match="tcp gateway"):
        gateway("db", {"a": UP}, protocol=Protocol.TCP)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Route("a", (UP,), gateway="b"),
        lambda: Route("a", (UP, replace(UP, host="10.0.0.2"))),
        lambda: Stickiness(Sticky.HEADER),
        lambda: Stickiness(Sticky.COOKIE, "X-User"),
        lambda: Timeouts(connect_ms=0),
        lambda: replace(UP, port=0),
        lambda: replace(UP, weight=257),
        lambda: when("true", strength=10_001),
        lambda: Host("a" * 254),
    ],
)
def test_config__piece_out_of_range__is_refused(make):
    with pytest.raises(Unsafe):
        make()


def test_conditional_routes__any_order__highest_priority_first_then_document():
    config = gateway(
        "shop",
        {"a": UP, "b": UP, "c": UP, "d": UP},
        conditions={"a": when("true"), "b": when("true", priority=5), "d": when("true")},
    )

    assert [route.name for route in config.conditional_routes] == ["b", "a", "d"]


def test_is_handed_over__conditions_or_header__only_then():
    assert not gateway("a", {"r": UP}, sticky=SOURCE).is_handed_over
    assert gateway("a", {"r": UP}, sticky=Stickiness(Sticky.HEADER, "X")).is_handed_over
    assert gateway("a", {"r": UP}, conditions={"r": when("true")}).is_handed_over


@pytest.mark.parametrize("host", ["10.0.0.1", "::1", "fd00::7"])
def test_is_address__addresses__are(host):
    assert is_address(host)


@pytest.mark.parametrize("host", ["fe80::1%eth0", "a.test", "", "10.0.0"])
def test_is_address__others__are_not(host):
    assert not is_address(host)


@pytest.mark.parametrize("text", ["a.test", "*.a.test", "a.test/v1/x", "*.a.test/v1"])
def test_host__read_and_written__is_the_same(text):
    assert str(Host.parse(text)) == text
