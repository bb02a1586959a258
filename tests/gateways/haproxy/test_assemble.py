from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.probing import Prober
from gateways.domain.layout import rebalance
from gateways.haproxy.assemble import MAP_NAMES, assemble, map_text
from gateways.haproxy.config import Balance, Endpoint, Protocol, RouteCondition
from gateways.haproxy.files import write_files
from gateways.haproxy.numbers import placed
from gateways.haproxy.settings import AssembleSettings
from tests.gateways.domain.strategies import conditions
from tests.gateways.haproxy.builders import COOKIE, SOURCE, by_header, gateway, when
from tests.gateways.haproxy.live import SECRET, check, free_port, parts_of, running

GOLDENS = Path(__file__).parents[2] / "goldens" / "haproxy"
ONE, TWO = Endpoint("i-1", "10.0.0.1", 8_080), Endpoint("i-2", "fd00::2", 8_080, weight=0)
NAMED = Endpoint("i-3", "localhost", 9_000)
ROUTES = {"stable": ONE, "next": TWO}
SPLIT = {"stable": 9_000, "next": 1_000}

ENVIRONMENTS = {
    "plain": [
        gateway("shop", ROUTES, SPLIT, sticky=COOKIE, hosts=("shop.test", "*.shop.test/v1")),
        gateway("empty", {"stable": ONE}, {}, hosts=("empty.test",)),
    ],
    "conditions": [
        gateway(
            "shop",
            ROUTES,
            SPLIT,
            conditions={
                "next": when("user-agent is Firefox and (path starts '/b e' or host is a.test)", 5_000),
                "stable": when("not has cookie c", priority=3),
            },
            sticky=by_header("X-User"),
        )
    ],
    "own-ports": [
        gateway("mesh", {**ROUTES, "inner": "other"}, SPLIT, port=9_050, sticky=SOURCE),
        gateway("other", {"a": NAMED}, port=9_051),
        gateway("db", ROUTES, SPLIT, port=9_052, protocol=Protocol.TCP),
    ],
}  # fmt: skip


def files_of(gateways, **more):
    placement = placed(parts_of(*gateways))
    given_settings = AssembleSettings(**{"directory": "/run/vamp", "shared_port": 8_080, **more})
    return assemble(placement.parts.values(), placement.numbers, given_settings)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_assemble__environment__is_the_golden(name):
    files = files_of(
        ENVIRONMENTS[name],
        log_port=5_140,
        runtime_socket="/run/vamp/runtime.sock",
        probe_secret="x" * 16,
        threads=2,
        maxconn=1_000,
    )
    maps = "".join(f"# map {key}\n{map_text(lines)}" for key, lines in files.maps.items())
    golden = GOLDENS / f"{name}.cfg"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(f"{files.config}\n{maps}")

    assert f"{files.config}\n{maps}" == golden.read_text()


@pytest.mark.haproxy
@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("log_port", [0, 5_140])
def test_assemble__environment__passes_the_check_without_a_warning(name, log_port, tmp_path):
    write_files(files_of(ENVIRONMENTS[name], directory=str(tmp_path), log_port=log_port), tmp_path)

    check(tmp_path)


ROUTE_NAMES = st.sampled_from(["a", "1.0.0", "A_b-c.d", "x" * 63])
GATEWAYS = st.builds(
    gateway,
    st.sampled_from(["shop", "a", "0-1", "z" * 63]),
    st.dictionaries(ROUTE_NAMES, st.sampled_from([ONE, TWO, "shop", "a"]), min_size=1, max_size=4),
    conditions=st.dictionaries(
        ROUTE_NAMES,
        st.builds(RouteCondition, conditions, st.integers(0, 10_000), st.integers(-5, 5)),
        max_size=4,
    ),
    sticky=st.sampled_from([COOKIE, SOURCE, by_header("X-User_1")]),
    balance=st.sampled_from(list(Balance)),
)


TCP_GATEWAYS = st.builds(
    gateway,
    st.sampled_from(["db", "queue"]),
    st.dictionaries(ROUTE_NAMES, st.sampled_from([ONE, TWO, NAMED]), min_size=1, max_size=3),
    sticky=st.just(SOURCE),
    protocol=st.just(Protocol.TCP),
    port=st.just(1),
)
OWN_PORT_GATEWAYS = GATEWAYS.map(lambda config: replace(config, hosts=(), port=1))


@st.composite
def environments(draw):
    """Gateways of every kind; each that has a port of its own gets one that is free now."""
    kinds = st.one_of(GATEWAYS, OWN_PORT_GATEWAYS, TCP_GATEWAYS)
    found = draw(st.lists(kinds, unique_by=lambda config: config.name, max_size=4))
    ports = iter({free_port() for _ in range(20)})
    return [replace(each, port=next(ports)) if each.port else each for each in found]


@pytest.mark.haproxy
@settings(deadline=None, max_examples=15)
@given(environments())
def test_assemble__generated_environments__pass_the_check_and_answer_their_probes(gateways):
    with tempfile.TemporaryDirectory() as folder, running(gateways, Path(folder)) as live:
        prober = Prober(live.settings.bind_address, SECRET, live.pids)

        wrong = {
            name: prober.probe(part, shared_port=live.port)
            for name, part in live.placement.parts.items()
        }

        assert wrong == dict.fromkeys((config.name for config in gateways), "")


@pytest.mark.haproxy
def test_assemble__nothing_at_all__passes_the_check(tmp_path):
    write_files(files_of([], directory=str(tmp_path)), tmp_path)

    check(tmp_path)


def test_assemble__other_order__same_bytes():
    gateways = ENVIRONMENTS["own-ports"]

    assert files_of(gateways) == files_of(gateways[::-1])


def test_assemble__only_weights_change__configuration_stays():
    (shop, empty) = ENVIRONMENTS["plain"]
    moved = replace(shop, layout=rebalance(shop.layout, {"stable": 10_000}))

    before, after = files_of([shop, empty]), files_of([moved, empty])

    assert before.config == after.config
    assert before.maps != after.maps


def test_assemble__any__has_every_map():
    assert tuple(files_of([]).maps) == MAP_NAMES


@pytest.mark.parametrize(
    ("gateways", "words"),
    [
        ([gateway("a", ROUTES), gateway("a", ROUTES)], "two parts of gateway a"),
        (
            [gateway("a", ROUTES, hosts=("x.test",)), gateway("b", ROUTES, hosts=("x.test",))],
            "hosts.map",
        ),
        ([gateway("a", ROUTES, port=9), gateway("b", ROUTES, port=9)], "port 9 is claimed by b"),
        ([gateway("a", ROUTES, port=8_080)], "port 8080 is claimed by a and the shared port"),
    ],
)
def test_assemble__two_claims_on_one_thing__are_refused(gateways, words):
    parts = parts_of(*gateways)
    numbers = {"a": 1, "b": 2}

    with pytest.raises(ValueError, match=words):
        assemble(parts, numbers, AssembleSettings("/d", shared_port=8_080))


@pytest.mark.haproxy
@pytest.mark.parametrize("folder", ["with space & ü", "x" * 90])
def test_assemble__odd_folder__runs_from_anywhere(folder, tmp_path, monkeypatch):
    place = tmp_path / folder
    place.mkdir()
    monkeypatch.chdir("/")

    with running(ENVIRONMENTS["conditions"], place) as live:
        assert live.probe("shop.test")["gateway"] == "shop"
