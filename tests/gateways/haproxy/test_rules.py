from __future__ import annotations

from collections import Counter

import pytest

from gateways.domain.bucket import bucket
from gateways.haproxy.config import Endpoint
from tests.gateways.haproxy.builders import COOKIE, SOURCE, by_header, gateway, when
from tests.gateways.haproxy.live import SECRET, LiveHAProxy, Services, free_port, running

pytestmark = pytest.mark.haproxy

OWN_PORT = free_port()
PLAIN_PORT = free_port()


@pytest.fixture(scope="module")
def services():
    found = Services("one", "two", "three")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def live(services, tmp_path_factory):
    one, two, three = (services.endpoint(name) for name in ("one", "two", "three"))
    split = {"stable": 9_000, "next": 1_000}
    routes = {"stable": one, "next": two}
    gateways = [
        gateway("shop", routes, split, hosts=("shop.test", "*.shop.test", "api.test/v1")),
        gateway("deeper", {"r": three}, hosts=("deep.shop.test", "api.test/v1/deep", "api.test")),
        gateway("evil", {"r": two}, hosts=("acme.com", "*.acme.com")),
        gateway("cookie", routes, split, sticky=COOKIE),
        gateway("source", routes, split, sticky=SOURCE),
        gateway("header", routes, split, sticky=by_header("X-User")),
        gateway(
            "firefox",
            {"stable": one, "next": two, "third": three},
            {"stable": 10_000},
            conditions={
                "next": when("user-agent is Firefox"),
                "third": when("path starts /third", priority=5),
            },
        ),
        gateway(
            "half",
            routes,
            split,
            conditions={"next": when("has header X-Beta", 5_000)},
            sticky=COOKIE,
        ),
        gateway("empty", routes, {}, generation=9),
        gateway("down", {"r": Endpoint("i-x", "127.0.0.1", 1)}, retries=0),
        gateway("outer", {"a": "cookie", "b": "firefox"}, {"a": 5_000, "b": 5_000}),
        gateway("outermost", {"down": "outer"}, generation=7),
        gateway("l5", {"r": "l4"}),
        gateway("l4", {"r": "l3"}),
        gateway("l3", {"r": "l2"}),
        gateway("l2", {"r": "l1"}, sticky=by_header("X-L2")),
        gateway("l1", {"r": one}),
        gateway("round", {"r": "about"}),
        gateway("about", {"r": "round"}, sticky=by_header("X-A")),
        gateway("void", {"r": "empty"}),
        gateway(
            "own",
            {"stable": one, "in": "firefox", "next": two},
            {"stable": 5_000, "in": 5_000},
            conditions={"next": when("path is /next")},
            port=OWN_PORT,
        ),
        gateway("plain-port", routes, split, port=PLAIN_PORT, sticky=COOKIE),
    ]
    with running(gateways, tmp_path_factory.mktemp("h")) as found:
        yield found


@pytest.mark.parametrize(
    ("host", "path", "reached"),
    [
        ("shop.test", "/", "shop"),
        ("SHOP.test:8080", "/x?y", "shop"),
        ("shop.test.", "/", "shop"),
        ("a.shop.test", "/", "shop"),
        ("a.b.c.shop.test", "/", "shop"),
        ("deep.shop.test", "/", "deeper"),
        ("api.test", "/v1", "shop"),
        ("api.test", "/v1/", "shop"),
        ("api.test", "/v1/x", "shop"),
        ("api.test", "/v1/deep", "deeper"),
        ("api.test", "/v1/deep/x", "deeper"),
        ("api.test", "/v1x", "deeper"),
        ("api.test", "/V1", "deeper"),
        ("acme.com", "/", "evil"),
        ("www.acme.com", "/", "evil"),
    ],
)
def test_host__that_is_served__reaches_its_gateway(live: LiveHAProxy, host, path, reached):
    assert live.probe(host, path)["gateway"] == reached


@pytest.mark.parametrize(
    "host",
    ["acme.com.evil.org", "evilacme.com", "xshop.test", "test", "", "a.b.c.d.e.acme.com", "com"],
)
def test_host__that_is_not_served__gets_our_404_page(live: LiveHAProxy, host):
    answer = live.get(host, "/<script>", [("X-Vamp-Probe", SECRET)])

    assert answer.status == 404
    assert "No gateway" in answer.text
    assert "script" not in answer.text
    assert "evil" not in answer.text


def test_split__without_stickiness__follows_weights(live: LiveHAProxy):
    connection = live.connection()

    names = Counter(live.get("shop.test", over=connection).name for _ in range(1_000))

    # 100 expected of 1,000 at 10 %; six standard deviations are 57.
    assert names.keys() == {"one", "two"}
    assert 43 <= names["two"] <= 157


def test_cookie__first_request__is_in_its_cohort_already(live: LiveHAProxy):
    for _ in range(40):
        first = live.get("cookie.test")
        cohort = first.cohort
        assert cohort
        expected = "one" if bucket(cohort, "cookie") >= 1_000 else "two"
        again = live.get("cookie.test", headers=[("Cookie", f"x=1; vamp-cohort={cohort}")])

        assert first.name == again.name == expected
        assert again.cohort is None


def test_cookie__when_set__is_kept_from_scripts_and_other_sites(live: LiveHAProxy):
    (cookie,) = [v for n, v in live.get("cookie.test").headers if n.lower() == "set-cookie"]

    assert cookie.endswith("; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize("value", ["", "me", "<script>", "0" * 36, "x" * 4_000])
def test_cookie__not_one_of_ours__is_drawn_anew(live: LiveHAProxy, value):
    answer = live.get("cookie.test", headers=[("Cookie", f"vamp-cohort={value}")])

    assert answer.status == 200
    assert answer.cohort not in (None, value)


def test_source__same_address__same_route(live: LiveHAProxy):
    expected = "one" if bucket("127.0.0.1", "source") >= 1_000 else "two"

    assert {live.get("source.test").name for _ in range(20)} == {expected}


def test_header__same_value__same_route_as_python_says(live: LiveHAProxy):
    connection = live.connection()
    for user in range(200):
        expected = "one" if bucket(f"u-{user}", "header") >= 1_000 else "two"
        answer = live.get("header.test", headers=[("X-User", f"u-{user}")], over=connection)
        assert answer.name == expected


def test_header__missing__is_split_at_random(live: LiveHAProxy):
    connection = live.connection()

    names = Counter(live.get("header.test", over=connection).name for _ in range(300))

    assert 2 <= names["two"] <= 75


def test_condition__that_holds__takes_the_request_by_priority(live: LiveHAProxy):
    firefox = [("User-Agent", "Mozilla Firefox")]

    assert live.get("firefox.test").name == "one"
    assert live.get("firefox.test", headers=firefox).name == "two"
    assert live.get("firefox.test", "/third", firefox).name == "three"


def test_condition__with_strength__draws_beside_the_weights(live: LiveHAProxy):
    connection = live.connection()
    reached = 0
    for _ in range(400):
        answer = live.get("half.test", headers=[("X-Beta", "1")], over=connection)
        cohort = answer.cohort
        assert cohort
        is_drawn = bucket(cohort, "half/next") < 5_000
        is_weighted = bucket(cohort, "half") < 1_000
        assert (answer.name == "two") == (is_drawn or is_weighted)
        reached += answer.name == "two"

    # 55 % expected: independent draws of 50 % and 10 %; six standard deviations are 60.
    assert 160 <= reached <= 280


def test_weights__all_zero__give_our_503_page(live: LiveHAProxy):
    answer = live.get("empty.test", "/<script>")

    assert answer.status == 503
    assert "Gateway empty has no route" in answer.text
    assert "script" not in answer.text
    assert live.probe("empty.test")["generation"] == 9


def test_endpoint__that_is_down__gives_a_503_page_that_names_the_gateway(live: LiveHAProxy):
    answer = live.get("down.test", "/<script>")

    assert answer.status == 503
    assert "Route r of gateway down" in answer.text
    assert "script" not in answer.text


def test_nested__gateways__each_draw_for_themselves(live: LiveHAProxy):
    connection = live.connection()
    names: Counter[str] = Counter()
    for _ in range(200):
        answer = live.get("outer.test", headers=[("User-Agent", "Firefox")], over=connection)
        names[answer.name] += 1
    chains: set[tuple[str, ...]] = {
        tuple(live.probe("outermost.test")["gateways"]) for _ in range(40)
    }

    # Half reach `firefox` and so "two" for sure; of the other half a tenth does.
    assert names.keys() == {"one", "two"}
    assert 60 <= names["two"] <= 160
    assert chains == {("outermost", "outer", "cookie"), ("outermost", "outer", "firefox")}


def test_nested__probe__tells_the_chain_and_the_first_generation(live: LiveHAProxy):
    found = live.probe("outermost.test", "/third")
    while found["gateways"][-1] != "firefox":
        found = live.probe("outermost.test", "/third")

    assert found == {
        "gateway": "outermost",
        "generation": 7,
        "route": "third",
        "gateways": ["outermost", "outer", "firefox"],
        "routes": ["down", "b", "third"],
    }


def test_nested__cookie_of_an_inner_gateway__is_set_once(live: LiveHAProxy):
    for _ in range(20):
        answer = live.get("outermost.test")
        cookies = [v for n, v in answer.headers if n.lower() == "set-cookie"]
        assert len(cookies) <= 1
        if cookies:
            expected = "one" if bucket(answer.cohort or "", "cookie") >= 1_000 else "two"
            assert answer.name == expected


def test_nested__four_gateways__are_passed_and_no_more(live: LiveHAProxy):
    assert live.get("l4.test").name == "one"
    assert live.probe("l4.test")["gateways"] == ["l4", "l3", "l2", "l1"]
    assert live.get("l5.test").status == 503


def test_nested__loop__ends_in_the_503_page(live: LiveHAProxy):
    answer = live.get("round.test")

    assert answer.status == 503
    assert "Gateway round" in answer.text


def test_nested__gateway_without_routes__gets_the_503_page(live: LiveHAProxy):
    assert "Gateway void" in live.get("void.test").text


def test_own_port__any_host__is_served(live: LiveHAProxy):
    assert live.get("whatever", "/next", port=OWN_PORT).name == "two"
    assert live.probe("whatever", "/next", port=OWN_PORT)["route"] == "next"
    names = {
        live.get("x", headers=[("User-Agent", "Firefox")], port=OWN_PORT).name for _ in range(40)
    }
    assert names == {"one", "two"}


def test_own_port__plain__keeps_cohorts(live: LiveHAProxy):
    answer = live.get("x", port=PLAIN_PORT)

    expected = "one" if bucket(answer.cohort or "", "plain-port") >= 1_000 else "two"
    assert answer.name == expected
    assert live.probe("x", port=PLAIN_PORT)["gateway"] == "plain-port"


@pytest.mark.parametrize("host", ["shop.test", "header.test", "outermost.test", "l4.test"])
def test_service__whatever_is_asked__sees_the_caller_and_none_of_our_headers(live, host):
    sent = [
        ("X-Vamp-Probe", "wrong"),
        ("X-Vamp-Entry", "shop"),
        ("X-Vamp-Depth", "9"),
        ("x-vamp-cohort", "mine"),
        ("X-Forwarded-For", "192.0.2.1"),
    ]

    answer = live.get(host, headers=sent)

    assert answer.status == 200
    assert not [name for name in answer.seen if name.startswith("x-vamp")]
    assert answer.seen["x-forwarded-for"] == ["192.0.2.1", "127.0.0.1"]


def test_service__own_port__sees_none_of_our_headers(live: LiveHAProxy):
    for _ in range(10):
        answer = live.get("x", headers=[("X-Vamp-Depth", "9")], port=OWN_PORT)

        assert answer.status == 200
        assert not [name for name in answer.seen if name.startswith("x-vamp")]
        assert answer.seen["x-forwarded-for"] == ["127.0.0.1"]


@pytest.mark.parametrize("secret", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper()])
def test_probe__with_a_wrong_secret__is_a_request_like_others(live: LiveHAProxy, secret):
    assert live.get("shop.test", headers=[("X-Vamp-Probe", secret)]).name in ("one", "two")


def test_generation__set_at_run_time__shows_in_the_probe(live: LiveHAProxy):
    live.command("set map maps/generations.map down 12")

    assert live.probe("down.test")["generation"] == 12


def test_path__with_strange_characters__is_passed_on_as_it_is(live: LiveHAProxy):
    path = "/%00%ff'\"{}%5C"

    assert live.get("shop.test", path).text.count("%00%ff") == 1
