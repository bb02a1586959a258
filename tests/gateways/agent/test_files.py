"""The files for HAProxy, for a check and for its run."""

from __future__ import annotations

import pytest

from gateways.agent.files import assembled, write_candidate, write_live
from gateways.agent.places import prepare
from gateways.agent.store import OwnFacts
from gateways.haproxy.assemble import MAP_NAMES
from gateways.haproxy.config import Endpoint
from gateways.haproxy.numbers import placed
from gateways.haproxy.part import Part
from gateways.haproxy.render import render_part
from tests.gateways.haproxy.builders import gateway

FACTS = OwnFacts(0, "secret-of-the-tests", 8080, "127.0.0.1")
SHOP = render_part(gateway("shop", {"a": Endpoint("i-a", "127.0.0.1", 9001)}))


@pytest.fixture
def places(folder):
    return prepare(folder / "state")


def test_assembled__placement__holds_what_the_agent_chose(places):
    files = assembled(placed([SHOP]), places, FACTS)

    assert "127.0.0.1:9001" in files.config
    assert "8080" in files.config
    assert "secret-of-the-tests" in files.config
    assert str(places.worker_socket) in files.config
    assert files.maps["hosts.map"] == (("shop.test/", "shop"),)


def test_assembled__two_gateways_on_one_port__do_not_go_together(places):
    parts = [Part("one", 1, "", ports=(9050,)), Part("two", 1, "", ports=(9050,))]

    with pytest.raises(ValueError, match="9050 is claimed by two and one"):
        assembled(placed(parts), places, FACTS)


def test_write_candidate__files__lie_apart_from_the_live_ones(places):
    files = assembled(placed([SHOP]), places, FACTS)

    path = write_candidate(files, places)

    assert path.parent == places.candidate
    assert str(places.live) not in path.read_text()
    assert (path.parent / "maps" / "hosts.map").read_text() == "shop.test/ shop\n"
    assert list(places.live.iterdir()) == []


def test_write_live__written_again__replaces_config_and_every_map(places):
    write_live(assembled(placed([SHOP]), places, FACTS), places)
    nothing = assembled(placed([]), places, FACTS)

    write_live(nothing, places)

    assert places.config.read_text() == nothing.config
    maps = {path.name: path.read_text() for path in (places.live / "maps").iterdir()}
    assert maps == dict.fromkeys(MAP_NAMES, "")
