"""The whole agent with a real HAProxy: what callers, the store and the API see of it."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import replace

import pytest

from gateways.agent import report
from gateways.agent.agent import Agent, AlreadyRunning
from gateways.agent.processes import ProcessId
from gateways.haproxy.manifest import part_key
from gateways.haproxy.render import render_part
from tests.gateways.agent.callers import Callers
from tests.gateways.agent.rig import MASTER, PLACE, Rig, settings_for, until
from tests.gateways.haproxy.builders import gateway
from tests.gateways.haproxy.live import Services, free_port
from vamp.drivers.kv.sealing import agent_key
from vamp.processes.stopping import HAND_OVER

pytestmark = pytest.mark.haproxy

BLUE = {"blue": 10_000, "green": 0}
GREEN = {"blue": 0, "green": 10_000}


@pytest.fixture
def shop(services: Services):
    """Return a function that gives the gateway ``shop`` with these weights and generation."""
    routes = {name: services.endpoint(name) for name in ("blue", "green")}

    def make(generation: int = 1, weights: dict[str, int] = BLUE, **more):
        return gateway("shop", routes, weights, generation=generation, **more)

    return make


def test_agent__weights_change__are_live_without_reload(rig, shop):
    rig.start(shop())
    assert rig.names("shop.test") == {"blue"}

    rig.publisher.publish(shop(2, GREEN))
    rig.await_applied(shop(2))

    assert rig.names("shop.test") == {"green"}
    assert rig.agent.structure.reloads == 0


def test_agent__servers_come_and_go__without_reload(rig, shop, services):
    rig.start(shop())
    part = render_part(shop(2))
    old = part.servers["shop:blue"][0]
    new = replace(old, name="i-other", port=services.endpoint("green").port)

    rig.publisher.publish(replace(part, servers={**part.servers, "shop:blue": (old, new)}))
    rig.await_applied(shop(2))
    with_both = rig.names("shop.test")
    part = render_part(shop(3))
    rig.publisher.publish(replace(part, servers={**part.servers, "shop:blue": (new,)}))
    rig.await_applied(shop(3))

    assert with_both == {"blue", "green"}
    assert rig.names("shop.test") == {"green"}
    assert rig.agent.structure.reloads == 0


def test_agent__gateway_is_added_and_removed__reloads(rig, shop, services):
    rig.start(shop())
    other = gateway("other", {"only": services.endpoint("green")})

    rig.publisher.publish(other)
    rig.await_applied(other)
    while_there = rig.get("other.test")
    rig.publisher.withdraw("other")
    until(lambda: "other" not in rig.agent.served.applied)

    assert while_there == (200, "green")
    assert rig.get("other.test")[0] == 404
    assert rig.get("shop.test") == (200, "blue")
    assert rig.agent.structure.reloads == 2
    assert not (rig.folder / "state" / "parts" / "other.json").exists()


def test_agent__20_reloads_and_200_weight_changes_under_load__fail_nothing_and_lose_no_line(
    rig, shop, services, agent_api
):
    rig.start(shop())
    generation = 1

    with Callers(24, rig.port, "shop.test") as callers:
        for round_ in range(20):
            for _ in range(10):
                generation += 1
                rig.publisher.publish(shop(generation, GREEN if generation % 2 else BLUE))
                rig.await_applied(shop(generation))
            other = gateway(f"other-{round_}", {"only": services.endpoint("green")})
            rig.publisher.publish(other)
            rig.await_applied(other)
    asked = sum(callers.answers.values())

    assert callers.failures == []
    assert set(callers.answers) == {200}
    assert rig.agent.structure.reloads == 20
    until(
        lambda: agent_api.count("shop") == asked,
        lambda: (asked, agent_api.count("shop"), rig.describe()),
    )
    assert rig.agent.losses.noted() == (0, None)


def test_agent__old_worker_with_idle_connection__answers_by_the_new_weights(rig, shop, services):
    rig.start(shop())
    with socket.create_connection(("127.0.0.1", rig.port), timeout=5) as idle:
        ask = b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"
        idle.sendall(ask)
        first = idle.recv(65_536)
        rig.publisher.publish(gateway("other", {"only": services.endpoint("green")}))
        until(lambda: rig.agent.structure.reloads == 1)
        rig.publisher.publish(shop(2, GREEN))
        rig.await_applied(shop(2))

        idle.sendall(ask)
        second = idle.recv(65_536)

    assert b'"name": "blue"' in first
    assert b'"name": "green"' in second


def test_agent__store_is_gone__starts_from_disk_and_serves(folder, shop):
    rig = Rig(folder)
    try:
        rig.start(shop())
        rig.stop()
        rig.kv.is_down = True

        rig.start()

        rig.await_applied(shop())
        assert rig.get("shop.test") == (200, "blue")
        faults = [fault.message for fault in rig.agent.faults.present()]
        assert any("key-value store cannot be read" in message for message in faults)
    finally:
        rig.stop()


def test_agent__part_that_haproxy_refuses__is_isolated_and_reported(rig, shop, services):
    rig.start(shop())
    part = render_part(shop(2))
    other = gateway("other", {"only": services.endpoint("green")})

    rig.publisher.publish(replace(part, sections=f"{part.sections}\n    nonsense here\n"), other)
    rig.await_applied(other)

    assert rig.get("shop.test") == (200, "blue")
    assert rig.get("other.test") == (200, "green")
    faults = rig.agent.faults.present()
    assert [fault.gateway for fault in faults] == ["shop"]
    assert "nonsense" in faults[0].message
    assert rig.agent.structure.reloads == 1
    rig.publisher.publish(shop(3, GREEN))
    rig.await_applied(shop(3))
    assert rig.agent.faults.present() == ()


def test_agent__rollback_with_a_structure_that_is_refused__goes_live_and_outlives_a_restart(
    rig, shop
):
    rig.start(shop(1, GREEN))
    part = render_part(shop(2, BLUE))

    rig.publisher.publish(replace(part, sections=f"{part.sections}\n    nonsense here\n"))

    until(lambda: rig.names("shop.test") == {"blue"})
    until(lambda: rig.agent.faults.present())
    assert dict(rig.agent.served.applied) == {"shop": 1}
    rig.stop()
    rig.kv.is_down = True
    rig.start()
    rig.await_applied(shop(1))
    assert rig.names("shop.test") == {"blue"}


def test_agent__part_with_another_hash__keeps_what_it_has(rig, shop):
    rig.start(shop())

    rig.publisher.kv.put(part_key(*PLACE, "shop"), "torn")
    rig.publisher.entries["shop"] = replace(rig.publisher.entries["shop"], sha256="0" * 64)
    rig.publisher.publish_manifest()

    until(lambda: [f.gateway for f in rig.agent.faults.present()] == ["shop"])
    assert rig.get("shop.test") == (200, "blue")
    rig.publisher.publish(shop(2, GREEN))
    rig.await_applied(shop(2))
    until(lambda: rig.agent.faults.present() == ())


def test_agent__probe_finds_another_generation__returns_to_the_last_good(rig, shop):
    rig.start(shop())
    part = render_part(shop(2, GREEN))
    maps = {**part.maps, "generations.map": {"shop": "7"}}

    rig.publisher.publish(replace(part, maps=maps))

    until(lambda: rig.agent.faults.present())
    assert "generation 7, not 2" in rig.agent.faults.present()[0].message
    until(lambda: rig.names("shop.test") == {"blue"})
    assert dict(rig.agent.served.applied) == {"shop": 1}


def test_agent__port_is_held_by_another_process__is_reported_and_served_once_free(
    rig, shop, services
):
    port = free_port()
    own = gateway("own", {"only": services.endpoint("green")}, port=port)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()

        rig.publisher.publish(own)
        rig.start(shop())

        until(lambda: rig.agent.faults.present())
        fault = rig.agent.faults.present()[0]
        assert (fault.gateway, str(port) in fault.message) == ("own", True)
        assert rig.get("shop.test") == (200, "blue")
    rig.await_applied(own)
    assert rig.agent.faults.present() == ()


def test_agent__haproxy_is_killed__is_started_again(rig, shop):
    rig.start(shop())

    os.kill(rig.agent.haproxy.pids()[0], signal.SIGKILL)

    until(lambda: not _serves(rig))
    until(lambda: _serves(rig))


def test_agent__second_one_on_the_same_folder__refuses(rig, shop):
    rig.start(shop())

    with pytest.raises(AlreadyRunning):
        Agent(settings_for(rig.folder), rig.kv)


def test_agent__applied_change__is_reported_without_waiting_for_the_heartbeat(
    rig, shop, agent_api, monkeypatch
):
    monkeypatch.setattr(report, "HEARTBEAT_S", 3600.0)
    rig.start(shop())
    rig.await_applied(shop())
    until(lambda: any(told["applied"].get("shop") == 1 for told in agent_api.reports))

    rig.publisher.publish(shop(2, GREEN))

    # Nothing but the change itself can bring it within the hour.
    until(lambda: any(told["applied"].get("shop") == 2 for told in agent_api.reports))
    assert agent_api.reports[0]["full"]
    assert {path.rpartition("/")[2] for path in agent_api.paths} <= {"report", "rollups"}
    assert agent_api.paths.pop().startswith(
        "/api/v1/organisations/acme/environments/production/agents/one/"
    )


def test_agent__api_is_away__delivers_everything_once_it_is_back(rig, shop, agent_api):
    agent_api.is_down = True
    rig.start(shop())
    for _ in range(50):
        rig.get("shop.test")
    until(lambda: rig.agent.spool.size_bytes > 0)

    agent_api.is_down = False

    until(lambda: agent_api.count("shop") == 50)
    until(lambda: rig.agent.status().complete_until is not None)


def test_agent__health_pages__tell_what_is_served(rig, shop):
    rig.start(shop())
    base = f"http://127.0.0.1:{rig.agent.health.port}"

    def page(name: str) -> str:
        with urllib.request.urlopen(f"{base}/{name}") as answer:
            return answer.read().decode()

    until(lambda: json.loads(page("health"))["status"] == "serving")
    assert json.loads(page("readyz"))["gateways"] == {"shop": 1}
    assert "vamp_agent_gateways 1.0" in page("metrics")


@pytest.mark.parametrize("asked", [signal.SIGKILL, HAND_OVER], ids=["killed", "hands-over"])
def test_agent__ends_alone__haproxy_serves_on_and_the_next_agent_takes_it_over(
    folder, shop, services, asked
):
    rig = Rig(folder)
    rig.publisher.publish(shop())
    options = {**dataclasses.asdict(rig.settings), "keep_haproxy": "no"}
    command = [sys.executable, "-m", "gateways.agent", "run"]
    for name, value in options.items():
        if name not in {"kv_key", "events_key", "api_token", "api_url"}:
            command += [f"--{name.replace('_', '-')}", str(value)]
    key = agent_key(MASTER, *PLACE)
    process = subprocess.Popen(
        command, env={**os.environ, "VAMP_AGENT_KV_KEY": key}, stderr=subprocess.DEVNULL
    )
    try:
        until((folder / "state" / "worker.json").exists, timeout_s=20)
        until(lambda: _serves(rig))
        with Callers(8, rig.port, "shop.test") as callers:
            master = int((folder / "state" / "haproxy.pid").read_text().split()[0])
            process.send_signal(asked)
            process.wait(20)
            before = sum(callers.answers.values())
            until(lambda: sum(callers.answers.values()) > before + 50)
            rig.start(shop(2, GREEN))
        assert callers.failures == []
        assert set(callers.answers) == {200}
        assert rig.agent.haproxy.pids()[0] == master
        assert rig.agent.structure.reloads == 0
        # Asked to hand over, it has lost nothing.
        assert (rig.agent.losses.noted()[0] >= 1) == (asked == signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        rig.stop()
    assert ProcessId.of(master) is None


def _serves(rig: Rig) -> bool:
    try:
        return rig.get("shop.test") == (200, "blue")
    except (OSError, http.client.HTTPException):
        return False
