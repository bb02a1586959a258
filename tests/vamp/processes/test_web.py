from __future__ import annotations

import pytest
import requests

from gateways.management.booting import free_ports
from tests.vamp.processes.running import end, running, wait_until

pytestmark = pytest.mark.processes


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
