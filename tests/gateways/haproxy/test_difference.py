from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.layout import rebalance
from gateways.haproxy.assemble import assemble
from gateways.haproxy.config import Endpoint, GatewayConfig
from gateways.haproxy.difference import LONGEST_COMMAND_BYTES, difference, is_refusal
from gateways.haproxy.numbers import Placement, placed
from gateways.haproxy.settings import AssembleSettings
from tests.gateways.domain.test_weights import splits
from tests.gateways.haproxy.builders import COOKIE, SOURCE, by_header, gateway, when
from tests.gateways.haproxy.live import LiveHAProxy, Services, parts_of, running

SETTINGS = AssembleSettings("/run/vamp")
ONE, TWO = Endpoint("i-1", "10.0.0.1", 80), Endpoint("i-2", "10.0.0.2", 80)


def maps_of(placement: Placement) -> dict[str, dict[str, str]]:
    files = assemble(placement.parts.values(), placement.numbers, SETTINGS)
    return {name: dict(lines) for name, lines in files.maps.items()}


def send(maps: dict[str, dict[str, str]], commands: tuple[str, ...]) -> None:
    """Do to `maps` what HAProxy would do, and refuse what it would refuse."""
    for command in commands:
        first, *payload = command.rstrip("\n").split("\n")
        verb, _, file, *rest = first.split(" ")
        lines = maps[file.removeprefix("maps/")]
        entries = payload if rest == ["<<"] else [" ".join(rest)]
        for entry in entries:
            key, _, value = entry.partition(" ")
            assert (key in lines) is (verb != "add"), command
            lines.update({key: value}) if value else lines.pop(key)


def environment(weights, strength, sticky, hosts, generation):
    return [
        gateway("fixed", {"r0": ONE}),
        gateway(
            "shop",
            {f"r{index}": ONE for index in range(4)},
            {f"r{index}": weight for index, weight in enumerate(weights.values())},
            conditions={"r1": when("path is /a", strength)},
            hosts=hosts,
            generation=generation,
        ),
        gateway("plain", {"r0": ONE, "r1": "fixed"}, sticky=sticky, generation=generation),
    ]


environments = st.builds(
    environment,
    splits("abcd"),
    st.sampled_from([0, 1, 5_000, 10_000]),
    st.sampled_from([COOKIE, SOURCE]),
    st.lists(st.sampled_from(["a.test", "b.test/v1", "*.c.test"]), min_size=1, unique=True),
    st.integers(1, 9),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(environments, min_size=2, max_size=5))
def test_difference__any_changes__lead_to_the_maps_of_the_files(turns):
    held = placed(parts_of(*turns[0]))
    maps = maps_of(held)
    for gateways in turns[1:]:
        wanted = placed(parts_of(*gateways), held)

        change = difference(held, wanted)

        assert not change.needs_reload
        assert change.is_nothing == (maps_of(held) == maps_of(wanted))
        send(maps, change.commands)
        assert maps == maps_of(wanted)
        assert all(len(command) <= LONGEST_COMMAND_BYTES for command in change.commands)
        held = wanted


def test_difference__rollback__flips_weights_and_strengths_in_one_line():
    before = gateway(
        "shop",
        {"old": ONE, "new": TWO},
        {"old": 5_000, "new": 5_000},
        conditions={"new": when("path is /a", 7_000)},
    )
    after = gateway(
        "shop", {"old": ONE, "new": TWO}, {"old": 10_000}, conditions={"new": when("path is /a", 0)}
    )
    held = placed(parts_of(before))

    change = difference(held, placed(parts_of(after), held))

    assert change.flips == ("set map maps/layouts.map shop 3\n",)
    assert all(command.startswith("add map maps/buckets.map <<\n") for command in change.ranges)
    assert all(command.startswith("del map maps/buckets.map ") for command in change.cleanup)


def test_difference__many_new_entries__are_cut_into_commands_that_fit():
    names = [f"g{index}" for index in range(60)]
    held = placed(parts_of(*(gateway(name, {"a": ONE, "b": TWO}) for name in names)))
    split = {"a": 3_333, "b": 6_667}
    wanted = placed(parts_of(*(gateway(name, {"a": ONE, "b": TWO}, split) for name in names)), held)

    change = difference(held, wanted)

    assert len(change.ranges) > 1
    assert all(len(command) <= LONGEST_COMMAND_BYTES for command in change.commands)
    assert all(command.endswith("\n\n") for command in change.ranges)


def structural(shop: GatewayConfig) -> list[GatewayConfig]:
    first = shop.routes[0]
    return [
        replace(shop, retries=1),
        replace(shop, routes=(*shop.routes, replace(first, name="third"))),
        replace(shop, hosts=(), port=9_050),
        replace(shop, sticky=by_header("X-User")),
        replace(shop, routes=(replace(first, endpoints=(Endpoint("n", "name.test", 80),)),)),
    ]


@pytest.mark.parametrize("index", range(5))
def test_difference__change_of_structure__needs_a_reload(index):
    shop = gateway("shop", {"a": ONE})
    held = placed(parts_of(shop))

    change = difference(held, placed(parts_of(structural(shop)[index]), held))

    assert change.needs_reload
    assert not change.commands


def test_difference__gateway_comes_or_goes__needs_a_reload():
    shop, more = gateway("shop", {"a": ONE}), gateway("more", {"a": ONE})
    held = placed(parts_of(shop))
    wanted = placed(parts_of(shop, more), held)

    assert difference(held, wanted).needs_reload
    assert difference(wanted, held).needs_reload
    assert difference(held, held).is_nothing


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("\n", False),
        ("New server registered.\n\n", False),
        ("port changed from '80' to '81' by 'stats socket command'\n", False),
        ("no need to change the addr, no need to change the port\n", False),
        ("Already exists a server with the same name in backend.\n", False),
        ("Key not found.\n", True),
        ("\nNo such server.\n", True),
    ],
)
def test_is_refusal__answers_of_haproxy__are_told_apart(answer, expected):
    assert is_refusal(answer) is expected


@pytest.fixture
def services():
    found = Services("one", "two", "three")
    yield found
    found.stop()


def apply(live: LiveHAProxy, held: Placement, *gateways: GatewayConfig) -> Placement:
    wanted = placed(parts_of(*gateways), held)
    change = difference(held, wanted)
    assert not change.needs_reload
    for command in change.commands:
        answer = live.command(command)
        assert not is_refusal(answer), (command, answer)
    for name, lines in maps_of(wanted).items():
        shown = [line.split(" ")[1:] for line in live.command(f"show map maps/{name}").splitlines()]
        assert sorted(pair for pair in shown if pair) == sorted([k, v] for k, v in lines.items())
    return wanted


@pytest.mark.haproxy
def test_weights__raised_under_load__move_nobody_off_the_target(services, tmp_path):
    one, two = services.endpoint("one"), services.endpoint("two")
    shop = gateway("shop", {"old": one, "new": two}, {"old": 10_000}, sticky=COOKIE)
    routes = ("one", "two")
    moved_off, failures, users = [], [], {}

    with running([shop], tmp_path) as live:
        over = threading.Event()

        def visit():
            connection = live.connection()
            while not over.is_set():
                for user in range(25):
                    cookie = users.get(user)
                    headers = [("Cookie", f"vamp-cohort={cookie[0]}")] if cookie else []
                    answer = live.get("shop.test", headers=headers, over=connection)
                    if answer.name not in routes:
                        failures.append(answer)
                    elif cookie is None:
                        users[user] = (answer.cohort, answer.name)
                    elif cookie[1] == "two" != answer.name:
                        moved_off.append(user)
                    else:
                        users[user] = (cookie[0], answer.name)

        visitor = threading.Thread(target=visit)
        visitor.start()
        held = live.placement
        for share in range(0, 10_001, 400):
            weights = {"old": 10_000 - share, "new": share}
            shop = replace(shop, layout=rebalance(shop.layout, weights))
            held = apply(live, held, shop)
        over.set()
        visitor.join()
        assert not failures
        assert not moved_off
        assert live.get("shop.test").name == "two"


@pytest.mark.haproxy
def test_rollback__of_weight_and_strength__is_live_at_once(services, tmp_path):
    routes = {"old": services.endpoint("one"), "new": services.endpoint("two")}
    split = {"old": 5_000, "new": 5_000}
    shop = gateway("shop", routes, split, conditions={"new": when("has header X-Beta")})
    back = gateway(
        "shop",
        routes,
        {"old": 10_000},
        conditions={"new": when("has header X-Beta", 0)},
        generation=2,
    )
    beta = [("X-Beta", "1")]

    with running([shop], tmp_path) as live:
        assert {live.get("shop.test", headers=beta).name for _ in range(20)} == {"two"}

        apply(live, live.placement, back)

        assert {live.get("shop.test", headers=beta).name for _ in range(20)} == {"one"}
        assert live.probe("shop.test")["generation"] == 2


@pytest.mark.haproxy
def test_servers__added_changed_removed__follow_without_a_reload(services, tmp_path):
    one, two, three = (services.endpoint(name) for name in ("one", "two", "three"))

    def shop(*endpoints):
        return replace(
            gateway("shop", {"r": one}),
            routes=(replace(gateway("shop", {"r": one}).routes[0], endpoints=endpoints),),
        )

    with running([shop()], tmp_path) as live:

        def names():
            return {live.get("shop.test").name for _ in range(12)}

        assert live.get("shop.test").status == 503
        held = apply(live, live.placement, shop(one, two))
        assert names() == {"one", "two"}
        held = apply(live, held, shop(one, replace(two, weight=0)))
        assert names() == {"one"}
        held = apply(live, held, shop(replace(two, weight=50), three))
        assert names() == {"two", "three"}
        held = apply(live, held, shop(replace(one, name="i-two"), replace(three, port=one.port)))
        assert names() == {"one"}
        held = apply(live, held, shop(one, two))
        assert names() == {"one", "two"}
        apply(live, held, shop())
        assert live.get("shop.test").status == 503


@pytest.mark.haproxy
def test_hosts_and_stickiness__changed__follow_without_a_reload(services, tmp_path):
    routes = {"a": services.endpoint("one")}
    before = gateway("shop", routes, hosts=("a.test", "b.test"))
    after = gateway("shop", routes, hosts=("b.test/v1", "*.c.test"), sticky=COOKIE)

    with running([before], tmp_path) as live:
        apply(live, live.placement, after)

        assert live.get("a.test").status == 404
        assert live.get("b.test").status == 404
        assert live.get("b.test", "/v1").cohort
        assert live.get("x.c.test").name == "one"
