from __future__ import annotations

import random

import pytest

from gateways.domain.request import Request
from gateways.haproxy.config import Endpoint
from gateways.haproxy.explain import Chance, Outcome, explain, gateway_for
from tests.gateways.haproxy.builders import COOKIE, SOURCE, by_header, gateway, when
from tests.gateways.haproxy.live import Services, running

CHANCE = Chance("00000000-0000-4000-8000-000000000000", lambda name: 0)


def by_name(*configs):
    return {config.name: config for config in configs}


def test_explain__condition_that_holds__says_so():
    shop = gateway(
        "shop",
        {"a": Endpoint("a", "10.0.0.1", 80), "b": Endpoint("b", "10.0.0.2", 80)},
        conditions={"b": when("path starts /beta", 5_000)},
    )
    chance = Chance("", {"shop/b": 4_999, "shop": 0}.__getitem__)

    found = explain(by_name(shop), Request("GET", "shop.test", "/beta"), chance)

    assert found.outcome is Outcome.ROUTED
    assert found.route == "shop:b"
    assert found.steps[0].reason == ("the condition of b holds, and its strength takes bucket 4999")


def test_explain__strength_that_leaves_the_request__goes_on_to_the_weights():
    shop = gateway(
        "shop",
        {"a": Endpoint("a", "10.0.0.1", 80), "b": Endpoint("b", "10.0.0.2", 80)},
        conditions={"b": when("path starts /beta", 5_000)},
    )
    chance = Chance("", {"shop/b": 5_000, "shop": 7}.__getitem__)

    found = explain(by_name(shop), Request("GET", "shop.test", "/beta"), chance)

    assert found.route == "shop:a"
    assert [draw.bucket for draw in found.steps[0].draws] == [5_000, 7]
    assert found.steps[0].condition == "b"


def test_explain__first_condition_decides__even_without_strength():
    shop = gateway(
        "shop",
        {"a": Endpoint("a", "10.0.0.1", 80), "b": Endpoint("b", "10.0.0.2", 80)},
        conditions={"a": when("true", 0, 9), "b": when("true", 10_000)},
        weights={"a": 10_000},
    )

    found = explain(by_name(shop), Request("GET", "shop.test", "/"), CHANCE)

    assert found.route == "shop:a"
    assert found.steps[0].condition == "a"


def test_explain__other_ends__have_their_reasons():
    configs = by_name(
        gateway("empty", {"a": Endpoint("a", "10.0.0.1", 80)}, {}),
        gateway("loop", {"a": "loop"}),
        gateway("gone", {"a": "nowhere"}),
    )

    def end(host):
        return explain(configs, Request("GET", host, "/"), CHANCE).outcome

    assert end("empty.test") is Outcome.NO_ROUTE
    assert end("loop.test") is Outcome.TOO_DEEP
    assert end("gone.test") is Outcome.NO_ROUTE
    assert end("other.test") is Outcome.UNKNOWN_HOST


def test_gateway_for__exact_and_wild__most_exact_wins():
    route = {"a": Endpoint("a", "10.0.0.1", 80)}
    configs = [
        gateway("exact", route, hosts=("a.b.test/x",)),
        gateway("wild", route, hosts=("*.b.test",)),
        gateway("wilder", route, hosts=("*.test", "*.test/x/y")),
    ]

    assert gateway_for(configs, "a.b.test", "/x/z") == "exact"
    assert gateway_for(configs, "a.b.test", "/") == "wild"
    assert gateway_for(configs, "a.c.test", "/x/y/z") == "wilder"
    assert gateway_for(configs, "test", "/") is None
    assert gateway_for(configs, "1.2.3.4.5.test", "/") is None


@pytest.mark.haproxy
def test_explain__random_requests__agrees_with_haproxy(tmp_path):
    random.seed(4)
    services = Services("up")
    up = services.endpoint("up")
    routes = {"a": up, "b": up, "c": up}
    split = {"a": 5_000, "b": 3_000, "c": 2_000}
    conditions = {
        "b": when("header X-Team is red or path starts /b", 4_000),
        "c": when("(cookie c is 1 or parameter q is 1) and not method is POST", 7_000, 3),
    }
    configs = by_name(
        gateway("cookie", routes, split, sticky=COOKIE, hosts=("cookie.test", "*.wild.test/p")),
        gateway("source", routes, split, sticky=SOURCE, conditions=conditions),
        gateway("header", routes, split, sticky=by_header("X-User"), conditions=conditions),
        gateway("cooked", routes, split, sticky=COOKIE, conditions=conditions),
        gateway("top", {"x": "cookie", "y": "header"}, {"x": 6_000, "y": 4_000}, sticky=COOKIE),
        gateway("above", {"x": "top", "b": "source"}, {"x": 10_000},
                conditions={"b": conditions["b"]}, sticky=by_header("X-User")),
    )  # fmt: skip
    hosts = [f"{name}.test" for name in configs] + ["a.wild.test", "no.test"]
    try:
        with running(configs.values(), tmp_path) as live:
            seen = set()
            for _ in range(400):
                method = random.choice(["GET", "POST"])
                host = random.choice(hosts)
                target = random.choice(["/", "/b/x", "/p?q=1", "/px", "/p"])
                cohort = "".join(random.choice("0123456789abcdef") for _ in range(12))
                headers = [("X-User", random.choice(["ana", "Bö".encode().decode("latin-1"), ""]))]
                headers += [("X-Team", "red")] * random.randint(0, 1)
                cookies = f"vamp-cohort=00000000-0000-4000-8000-{cohort}"
                headers.append(("Cookie", random.choice(["c=1; ", ""]) + cookies))
                request = Request.of(method, target, [("Host", host), *headers])
                found = explain(configs, request, CHANCE)

                answer = live.get(
                    host, target, [*headers, ("X-Vamp-Probe", live.settings.probe_secret)],
                    method=method,
                )  # fmt: skip

                if found.outcome is Outcome.UNKNOWN_HOST:
                    assert answer.status == 404
                    continue
                body = answer.body
                assert body["gateways"] == [step.gateway for step in found.steps]
                assert body["routes"] == [step.route for step in found.steps]
                seen.add(tuple(body["gateways"]))
        assert len(seen) >= 8
    finally:
        services.stop()
