from __future__ import annotations

import asyncio
import gc

import pytest
import requests
import uvicorn

from gateways.management.booting import free_ports
from tests.vamp.processes.running import end, running, wait_until
from vamp.processes import web
from vamp.processes.liveness import Loops


@pytest.fixture
def heap():
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("is_started", [True, False])
def test_startup__once_it_serves__what_is_there_is_not_collected_again(
    heap, monkeypatch, is_started
):
    async def started(server, sockets=None):
        server.started = is_started

    monkeypatch.setattr(uvicorn.Server, "startup", started)
    monkeypatch.setattr(web.readiness, "announce", lambda name: None)
    monkeypatch.setattr(web, "loops", Loops())  # nobody beats for this one
    server = web.Server(uvicorn.Config(web.application))

    asyncio.run(server.startup())

    assert (gc.get_freeze_count() > 10_000) is is_started


@pytest.mark.processes
def test_web__no_database_yet__lives_and_ends_politely(tmp_path):
    port, _ = free_ports(agents=0)
    url = f"http://127.0.0.1:{port}"

    def lives():
        try:
            return requests.get(f"{url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    with running(tmp_path, "web", "--port", str(port)) as process:
        wait_until(process, tmp_path, lives)
        answer = requests.get(f"{url}/healthz", timeout=5)

        assert end(process) == 0

    assert answer.json() == {"status": "ok"}
    assert "Server" not in answer.headers
