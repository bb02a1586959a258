"""All of Vamp on one machine, with its stores on the real servers: up, used, looked at, and gone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from gateways.management.booting import free_ports
from gateways.management.stack_site import stores_site
from tests.rivals import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.haproxy, pytest.mark.django_db]

ROOT = Path(__file__).parents[4]
REQUESTS = 50


@dataclass(frozen=True)
class Lift:
    """The command, for one state folder and one set of servers."""

    tenant: str
    folder: Path
    port: int
    environment: dict[str, str]

    def run(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "lift", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def lift(tmp_path: Path) -> Iterator[Lift]:
    """Stores of its own on the servers; what runs is ended, whatever became of the test."""
    with stores_site() as site:
        port, shared_port = free_ports(1)
        plain = {name: value for name, value in os.environ.items() if name[:5] != "VAMP_"}
        variables = {
            "VAMP_STATE_DIR": str(tmp_path / "state"),
            "VAMP_SHARED_PORT": str(shared_port),
            "DJANGO_SETTINGS_MODULE": "vamp.settings",
        }
        made = Lift(
            f"{site.organisation}/production", tmp_path / "state", port,
            plain | dict(site.variables) | variables,
        )  # fmt: skip
        try:
            yield made
        finally:
            made.run("destroy", "--yes")


def signed_in(address: str, login: str, password: str) -> requests.Session:
    session = requests.Session()
    form = session.get(f"{address}/admin/", timeout=10)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert token
    session.post(
        form.url,
        {"csrfmiddlewaretoken": token[1], "username": login, "password": password},
        headers={"Referer": form.url},
        timeout=10,
    )
    return session


def served(told: str) -> Callable[[], bool]:
    """Send what the command says to try: does the sample answer?"""
    found = re.search(r"try: curl -H 'Host: ([^']+)' (http://\S+)", told)
    assert found, told

    def ask() -> bool:
        return requests.get(found[2], headers={"Host": found[1]}, timeout=5).status_code == 200

    return ask


def test_all_in_one__on_real_servers__can_be_used_as_it_says(lift):
    began = lift.run(
        "all-in-one", "--sample", "--port", str(lift.port), "--agents", "1", "--tenant", lift.tenant
    )
    status = lift.run("status", "--format", "json")

    assert began[0] == 0, began[1]
    assert status[0] == 0, status[1]
    parts = {part["name"]: part for part in json.loads(status[1])["parts"]}
    assert parts["sql database"]["said"].startswith("MariaDB")
    assert parts["event stream"]["said"].startswith("NATS")
    login = re.search(r"login (\S+)   password (\S+)", began[1])
    assert login
    assert login[2] not in (lift.folder / "logs" / "up.log").read_text()
    page = signed_in(lift.address, login[1], login[2]).get(
        f"{lift.address}/admin/lifter/", timeout=10
    )
    assert page.url.endswith("/admin/lifter/")
    assert lift.tenant in page.text
    answers = served(began[1])
    wait_until(answers, "the sample to answer")
    assert all(answers() for _ in range(REQUESTS))

    ended = lift.run("destroy", "--yes")

    assert ended[0] == 0, ended[1]
    assert not lift.folder.exists()
    with pytest.raises(requests.ConnectionError):
        answers()
