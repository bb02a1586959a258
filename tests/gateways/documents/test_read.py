from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.documents.gateway import HeaderStickiness, TimeoutsDocument
from gateways.documents.read import gateways_of, parse_gateways, read_gateway
from gateways.domain.condition import parse_condition
from vamp.documents.source import Source
from vamp.errors import Invalid

WHOLE = """\
kind: Gateway
name: shop
title: Web shop
hosts: [shop.acme.test, "*.shop.acme.test", api.acme.test/v1]
sticky: {header: X-User-Id}
balance: leastconn
timeouts: {connect: 250ms, server: 1m}
retries: 0
selector: label(app)(shop) && label(version)((.*))
policy: canary
metadata: {team: web}
routes:
  - {service: shop, version: 1.0.0, weight: 90%}
  - name: next
    service: shop
    version: 1.1.0
    weight: 10%
    condition: path starts /beta
    priority: 10
  - {gateway: other}
  - {addresses: ["10.0.0.7:8080", "[fd00::1]:80"]}
  - {addresses: ["legacy.acme.test:80"], weight: 0%}
---
kind: Gateway
name: other
port: 9050
routes:
  - {addresses: ["10.0.0.8:80"]}
---
kind: Service
name: shop
versions:
  - {version: 1.0.0, instances: ["127.0.0.1:9001"]}
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        parse_gateways(text)
    return [
        f"{fault.pointer} {fault.line}:{fault.column} {fault.code}" for fault in caught.value.faults
    ]


def test_parse_gateways__whole_file__is_read_with_defaults_filled_in():
    found = parse_gateways(WHOLE)

    shop, other = found.gateways
    assert shop.hosts == ("shop.acme.test", "*.shop.acme.test", "api.acme.test/v1")
    assert shop.sticky == HeaderStickiness(header="X-User-Id")
    assert shop.timeouts == TimeoutsDocument(
        connect=timedelta(milliseconds=250), server=timedelta(minutes=1)
    )
    assert shop.timeouts.queue == timedelta(seconds=5)
    assert [(route.name, route.weight, route.strength) for route in shop.routes] == [
        ("shop-1.0.0", 9_000, 0),
        ("next", 1_000, 10_000),
        ("other", 0, 0),
        ("address-1", 0, 0),
        ("address-2", 0, 0),
    ]
    assert shop.routes[1].parsed_condition() == parse_condition("path starts /beta")
    assert shop.routes[0].parsed_condition() is None
    assert other.routes[0].weight == 10_000
    assert [service.name for service in found.services] == ["shop"]


def test_parse_gateways__lone_route_with_a_weight_of_its_own__keeps_it():
    text = "{kind: Gateway, name: a, port: 1, routes: [{gateway: b, weight: 0%}]}\n---\n"
    text += "{kind: Gateway, name: b, port: 2}"

    assert parse_gateways(text).gateways[0].routes[0].weight == 0


HEAD = "kind: Gateway\nname: a\nport: 80\n"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("kind: Gateway\nname: a\n", [" 1:1 no-entrance"]),
        ("kind: Gateway\nname: a\nport: 80\nhosts: [a.test]\n", ["/port 3:7 hosts-and-port"]),
        ("kind: Gateway\nport: 80\nweigth: 1\n", ["/name 1:1 missing", "/weigth 3:1 unknown-key"]),
        ("kind: Gateway\nname: A_b\nport: 80\n", ["/name 2:7 name"]),
        ("kind: Gateway\nname: sh\u043ep\nport: 80\n", ["/name 2:9 name"]),
        ("kind: Gateway\nname: a\nport: 0\n", ["/port 3:7 out-of-range"]),
        ('kind: Gateway\nname: a\nport: "80"\n', ["/port 3:7 wrong-type"]),
        ("kind: Gatewy\nname: a\n", ["/kind 1:7 kind"]),
        ("name: a\n", ["/kind 1:1 missing"]),
        (HEAD + "sticky: cooky\n", ["/sticky 4:9 not-allowed-value"]),
        (HEAD + "sticky: {header: X-Vamp-Probe}\n", ["/sticky/header 4:18 name"]),
        (HEAD + "sticky: [a]\n", ["/sticky 4:9 not-allowed-value"]),
        (HEAD + "timeouts: {server: 2d, queue: 0s, conect: 1s}\n", [
            "/timeouts/server 4:20 duration", "/timeouts/queue 4:31 duration", "/timeouts/conect 4:35 unknown-key",
        ]),
        (HEAD + "retries: 101\nbalance: best\npolicy: a b\n", [
            "/retries 4:10 out-of-range", "/balance 5:10 not-allowed-value", "/policy 6:9 name",
        ]),
        (HEAD + 'title: "a\\nb"\nmetadata: {a: 1}\n', ["/title 4:12 text", "/metadata/a 5:15 wrong-type"]),
        (HEAD + "selector: label(a)\n", ["/selector 4:19 selector"]),
        (HEAD + "routes:\n- {service: s, version: 1.10}\n", ["/routes/0/version 5:25 wrong-type"]),
        (HEAD + "routes:\n- {service: s}\n", ["/routes/0 5:3 version"]),
        (HEAD + "routes:\n- {version: s}\n", ["/routes/0 5:3 no-target", "/routes/0/version 5:13 version"]),
        (HEAD + "routes:\n- {weight: 100%}\n", ["/routes/0 5:3 no-target"]),
        (HEAD + "routes:\n- {gateway: a, addresses: ['a:1']}\n", ["/routes/0 5:3 targets", "/routes/0/gateway 5:13 gateway-loop"]),
        (HEAD + "routes:\n- {addresses: ['a', 'a:1', 'A:1', 'b:0', '1.2.3:4']}\n", [
            "/routes/0/addresses/0 5:16 address", "/routes/0/addresses/2 5:28 duplicate-address",
            "/routes/0/addresses/3 5:38 address", "/routes/0/addresses/4 5:42 address",
        ]),
        (HEAD + "routes:\n- {service: s, version: a, weight: 60%}\n- {service: s, version: b, weight: 50%}\n", ["/routes 5:1 weights"]),
        (HEAD + "routes:\n- {service: s, version: a, weight: 60}\n- {service: s, version: b, weight: 50%}\n", ["/routes/0/weight 5:36 percent"]),
        (HEAD + "routes:\n- {service: s, version: a, wieght: 60%}\n- {service: s, version: b, weight: 50%}\n", ["/routes/0/wieght 5:28 unknown-key"]),
        (HEAD + "routes:\n- {service: s, version: a, x: 1}\n- {service: s, version: b, weight: 50%}\n", [
            "/routes 5:1 weights", "/routes/0/x 5:28 unknown-key",
        ]),
        (HEAD + "routes:\n- {service: s, version: a, strength: 5%}\n", ["/routes/0/strength 5:38 strength"]),
        (HEAD + "routes:\n- {service: s, version: a, strength: 5%, condition: 5}\n", ["/routes/0/condition 5:53 wrong-type"]),
        (HEAD + "routes:\n- {service: s, version: a}\n- {service: s, version: a, name: x}\n", ["/routes/1 6:3 duplicate-target"]),
        (HEAD + "routes:\n- {service: s, version: a}\n- {service: s, version: b, name: s-a}\n", ["/routes/1/name 6:34 duplicate-route"]),
        (HEAD + "routes: 5\nselector: x\n", ["/routes 4:9 wrong-type", "/selector 5:11 selector"]),
        (HEAD + "routes: [5]\nselector: x\n", ["/routes/0 4:10 wrong-type", "/selector 5:11 selector"]),
        ("kind: Service\nname: s\nversions: [{version: a, instances: [b]}, {version: a}]\n", [
            "/versions/0/instances/0 3:37 address", "/versions/1/version 3:52 duplicate-version",
        ]),
        ("{kind: Service, name: s}\n---\n{kind: Service, name: s}\n", ["/name 3:23 name-taken"]),
    ],
)  # fmt: skip
def test_parse_gateways__broken_rule__is_told_at_its_place(text, faults):
    assert faults_of(text) == faults


@pytest.mark.parametrize(
    ("host", "column"),
    [
        ("sh\u00f6p.test", 12), ("shop.test:80", 19), ("Shop.test", 9), ("*.*.test", 12), ("*", 10), ("a..test", 9),
        ("-a.test", 9), ("a.test/", 16), ("a.test/b//c", 16), ("a.test/{x}", 16), ("a b.test", 9), ("http://a.test", 14),
        ("a\u200b.test", 11),
    ],
)  # fmt: skip
def test_parse_gateways__malformed_host__is_refused_at_its_character(host, column):
    assert faults_of(f"kind: Gateway\nname: a\nhosts: ['{host}']\n") == [
        f"/hosts/0 3:{column} host"
    ]


def test_parse_gateways__look_alike_in_a_host__is_named():
    with pytest.raises(Invalid, match=r"U\+0430 \(CYRILLIC SMALL LETTER A\)"):
        parse_gateways("kind: Gateway\nname: a\nhosts: ['\u0430cme.test']\n")


def test_parse_gateways__tcp__knows_no_hosts_conditions_or_cookies():
    text = """\
kind: Gateway
name: a
protocol: tcp
hosts: [a.test]
sticky: cookie
routes:
  - {service: s, version: a, condition: path is /a}
"""

    assert faults_of(text) == [
        "/hosts 4:8 tcp",
        "/sticky 5:9 tcp",
        "/routes/0/condition 7:41 tcp",
    ]


@pytest.mark.parametrize(
    ("scalar", "line", "column"),
    [
        ("path starts /a and hots is b", 5, 33),
        ("'path starts /a and hots is b'", 5, 34),
        (">-\n    path starts /a and\n\n    hots is b", 8, 5),
        ("|\n    path starts /a\n    and hots is b", 7, 9),
    ],
)
def test_parse_gateways__condition_that_does_not_parse__is_told_inside_the_document(
    scalar, line, column
):
    text = f"{HEAD}routes:\n- condition: {scalar}\n  service: s\n  version: a\n"

    (fault,) = faults_of(text)

    assert fault == f"/routes/0/condition {line}:{column} condition"


def test_parse_gateways__several_documents__tells_the_faults_of_all_in_order():
    text = """\
kind: Gateway
name: a
hosts: [x.test, y.test]
tilte: A
routes: [{gateway: nobody}, {gateway: c}]
---
kind: Gateway
name: b
hosts: [y.test, x.test/v1]
---
kind: Gateway
name: b
port: 90
---
kind: Gateway
name: c
port: 90
protocol: tcp
"""

    assert faults_of(text) == [
        "/tilte 4:1 unknown-key",
        "/routes/0/gateway 5:20 unknown-gateway",
        "/routes/1/gateway 5:39 protocol",
        "/hosts/0 9:9 host-taken",
        "/name 12:7 name-taken",
        "/port 17:7 port-taken",
    ]


def test_read_gateway__value_from_json__has_pointers_and_no_places():
    value = {
        "kind": "Gateway",
        "name": "a",
        "port": 1,
        "routes": [{"gateway": "b", "weight": "5%"}],
    }

    with pytest.raises(Invalid) as caught:
        read_gateway(Source.of(value))

    (fault,) = caught.value.faults
    assert (fault.pointer, fault.code, fault.line) == ("/routes", "weights", None)


def test_read_gateway__reference_to_another__is_not_its_own_fault():
    value = {"kind": "Gateway", "name": "a", "port": 1, "routes": [{"gateway": "b"}]}

    assert read_gateway(Source.of(value)).nested == ("b",)


FRAGMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 100) | st.sampled_from(["a", "50%", "5s", "Gateway", "x:1", "path is /a", "\x00\u0430"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "hosts", "port", "routes", "service", "version", "gateway", "addresses", "weight",
                 "condition", "strength", "sticky", "header", "timeouts", "server", "metadata", "selector", "zzz"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["name", "hosts", "port", "routes", "sticky", "metadata", "timeouts"]),
        FRAGMENTS,
    )
)
@settings(deadline=None, max_examples=60)
def test_gateways_of__arbitrary_documents__are_read_or_invalid(value):
    for kind in ("Gateway", "Service"):
        try:
            found = gateways_of([Source.of({"kind": kind, **value})])
        except Invalid as error:
            outcome = len(error.faults)
        else:
            outcome = len(found.gateways) + len(found.services)
        assert outcome


@given(
    st.text(max_size=200)
    | st.sampled_from(WHOLE.split("\n")).map(lambda line: WHOLE.replace(line, ""))
)
@settings(deadline=None, max_examples=60)
def test_parse_gateways__arbitrary_text__is_read_or_invalid(text):
    try:
        found = parse_gateways(text)
    except Invalid as error:
        outcome = len(error.faults)
    else:
        outcome = len(found.gateways) + len(found.services)
    assert outcome
