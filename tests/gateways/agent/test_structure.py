"""Starts and reloads of a real HAProxy: what goes live, what is left out, and when one is due."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gateways.agent.store import OwnFacts
from gateways.agent.supervise import ReloadFailed, StartFailed
from gateways.haproxy.config import Endpoint
from gateways.haproxy.part import Part
from gateways.haproxy.render import render_part
from tests.gateways.agent.stand import Stand, fetched
from tests.gateways.haproxy.builders import gateway
from tests.gateways.haproxy.live import free_port

SHOP = render_part(gateway("shop", {"a": Endpoint("i-a", "127.0.0.1", 9001)}))
OTHER = render_part(gateway("other", {"a": Endpoint("i-a", "127.0.0.1", 9001)}))


def refused(part: Part) -> Part:
    return replace(
        part, generation=part.generation + 1, sections=f"{part.sections}\n    nonsense\n"
    )


def own(port: int) -> Part:
    return render_part(gateway("own", {"a": Endpoint("i-a", "127.0.0.1", 9001)}, port=port))


@contextmanager
def held_port() -> Iterator[int]:
    """Listen as another process would that lets HAProxy listen beside it."""
    port = free_port()
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        yield port


def test_apply__program_does_not_start__raises_and_keeps_the_facts(folder):
    stand = Stand(folder, program="false")
    facts = stand.served.facts

    with pytest.raises(StartFailed):
        stand.structure.apply(stand.wanted(SHOP))

    assert stand.served.facts == facts
    assert stand.store.own_facts() == facts
    assert stand.served.fetched() == {}
    assert "HAProxy refuses it" in stand.messages()["shop"]


@pytest.mark.haproxy
def test_apply__one_part_is_refused__starts_with_the_others(stand):
    found = stand.structure.apply(stand.wanted(SHOP, refused(OTHER)))

    assert found == {"shop": fetched(SHOP)}
    assert stand.prober.probe(SHOP, shared_port=stand.port) == ""
    assert "nonsense" in stand.messages()["other"]
    assert stand.served.facts == OwnFacts(0, stand.prober.secret, stand.port, "127.0.0.1")
    assert stand.served.is_running(stand.haproxy.worker_pid())
    assert (stand.structure.reloads, stand.stops) == (0, [])


@pytest.mark.haproxy
def test_apply__start_with_a_refused_part__falls_back_to_the_last_good(stand):
    stand.structure.apply(stand.wanted(SHOP))
    stand.haproxy.kill()

    stand.structure.apply(stand.wanted(refused(SHOP)))

    assert stand.served.fetched() == {"shop": fetched(SHOP)}
    assert stand.prober.probe(SHOP, shared_port=stand.port) == ""


@pytest.mark.haproxy
def test_apply__one_comes_and_one_goes__reloads_once_and_tells_before(stand):
    stand.structure.apply(stand.wanted(SHOP))
    worker = stand.haproxy.worker_pid()
    wanted = stand.wanted(OTHER)
    due = stand.structure.is_due(wanted, [fetched(OTHER)])

    found = stand.structure.apply(wanted)

    assert due
    assert not stand.structure.is_due(wanted, [])
    assert (found, stand.served.fetched()) == ({"other": fetched(OTHER)},) * 2
    assert stand.store.parts().keys() == {"other"}
    assert (stand.structure.reloads, stand.stops) == (1, [("before", worker)])


@pytest.mark.haproxy
def test_take_back__new_and_changed_parts__are_as_they_were(stand):
    stand.structure.apply(stand.wanted(SHOP))
    before = stand.served.fetched()
    second = replace(SHOP, generation=2, sections=SHOP.sections.replace("\n\n", "\n\n\n\n"))
    new = stand.structure.apply(stand.wanted(second, OTHER))

    stand.structure.take_back(new, before)

    assert new.keys() == {"shop", "other"}
    assert stand.served.fetched() == before
    assert stand.store.parts().keys() == {"shop"}


@pytest.mark.haproxy
def test_reload__haproxy_refuses_even_what_is_served__keeps_the_worker(stand, tmp_path):
    listed = tmp_path / "listed"
    listed.touch()
    rule = f"http-request deny if {{ src -f {listed} }}"
    shop = replace(SHOP, sections=f"{SHOP.sections}\nbackend further\n    {rule}\n")
    stand.structure.apply(stand.wanted(shop))
    worker = stand.haproxy.worker_pid()
    listed.unlink()

    with pytest.raises(ReloadFailed):
        stand.structure.reload()

    assert stand.haproxy.worker_pid() == worker
    assert stand.stops == [("before", worker), ("failed", worker)]
    assert stand.served.fetched() == {"shop": fetched(shop)}
    assert stand.structure.reloads == 0


@pytest.mark.haproxy
def test_repair__worker_lost_an_entry__gets_it_back_without_a_reload(stand):
    stand.structure.apply(stand.wanted(SHOP))
    stand.haproxy.worker.run(["clear map maps/hosts.map"])
    lost = stand.prober.probe(SHOP, shared_port=stand.port)

    stand.structure.repair()

    assert "something else" in lost
    assert stand.prober.probe(SHOP, shared_port=stand.port) == ""
    assert stand.structure.reloads == 0


@pytest.mark.haproxy
def test_reload_unknown__left_by_a_lost_agent__gets_what_was_kept(stand):
    stand.structure.apply(stand.wanted(SHOP))
    stand.haproxy.worker.run(["clear map maps/hosts.map"])

    stand.structure.reload_unknown()

    assert stand.prober.probe(SHOP, shared_port=stand.port) == ""
    assert stand.structure.reloads == 1


@pytest.mark.haproxy
def test_is_due__port_is_held__waits_until_it_is_free_or_another_is_chosen(stand):
    stand.structure.apply(stand.wanted(SHOP))
    with held_port() as port:
        wanted, moved = stand.wanted(SHOP, own(port)), own(free_port())
        first = stand.structure.is_due(wanted, [fetched(own(port))])
        stand.structure.apply(wanted)
        said = stand.messages()["own"]
        stand.structure.look_at_held_ports()
        again = stand.structure.is_due(wanted, [fetched(own(port))])
        other = stand.structure.is_due(stand.wanted(SHOP, moved), [fetched(moved)])
    stand.structure.look_at_held_ports()

    assert (first, again, other) == (True, False, True)
    assert f"on port {port}" in said
    assert stand.structure.is_due(wanted, [fetched(own(port))])


@pytest.mark.haproxy
def test_is_due__shared_port_is_held__keeps_the_present_and_waits_for_a_free_one(stand):
    stand.structure.apply(stand.wanted(SHOP))
    with held_port() as port:
        wanted = stand.wanted(SHOP, shared_port=port)
        stand.structure.apply(wanted)

        assert stand.served.facts.shared_port == stand.port
        assert f"on port {port}" in stand.messages()[""]
        assert not stand.structure.is_due(wanted, [])
        assert stand.structure.is_due(stand.wanted(SHOP, shared_port=free_port()), [])


def test_is_due__haproxy_is_down__is(folder):
    stand = Stand(folder, program="false")

    assert stand.structure.is_due(stand.wanted(), [])
