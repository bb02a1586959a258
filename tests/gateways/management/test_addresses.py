from __future__ import annotations

import json
import socket

import pytest

from gateways.management.addresses import AgentAddresses


@pytest.fixture
def path(tmp_path):
    return tmp_path / "agents" / "addresses.json"


def given(addresses, *agents):
    return [str(addresses.of(agent)) for agent in agents]


ACME, GLOBEX = "acme/production/vga-1", "globex/production/vga-1"


def test_of__new_agents__take_the_lowest_that_are_free(path):
    assert given(AgentAddresses(path), ACME, GLOBEX) == ["127.0.0.2", "127.0.0.3"]


def test_of__after_a_restart_in_another_order__is_the_same(path):
    before = given(AgentAddresses(path), ACME, GLOBEX)

    assert given(AgentAddresses(path), GLOBEX, ACME) == list(reversed(before))


def test_of__more_than_fit_into_one_octet__goes_on_in_the_next(path):
    found = given(AgentAddresses(path), *(f"acme/e{number}/vga-1" for number in range(300)))

    assert len(set(found)) == 300
    assert found[-1] == "127.0.1.45"


def test_of__somebody_else_listens_there__is_passed_over(path):
    with socket.socket() as other:
        other.bind(("127.0.0.2", 0))
        other.listen()
        port = other.getsockname()[1]

        assert str(AgentAddresses(path).of(ACME, port=port)) == "127.0.0.3"
    assert str(AgentAddresses(path).of(ACME, port=port)) == "127.0.0.3"


def test_keep__environment_is_gone__its_address_is_free_again_and_others_stay(path):
    addresses = AgentAddresses(path)
    given(addresses, ACME, GLOBEX)

    addresses.keep({"globex/production"})

    assert json.loads(path.read_text()) == {GLOBEX: "127.0.0.3"}
    assert given(addresses, "new/production/vga-1") == ["127.0.0.2"]


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"acme/production/vga-1": "here"}'])
def test_of__file_is_none_of_ours__begins_anew(path, text):
    path.parent.mkdir()
    path.write_text(text)

    assert given(AgentAddresses(path), ACME) == ["127.0.0.2"]
