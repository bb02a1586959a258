"""An environment is archived, restored, cloned and deleted while everything runs: no restarts.

One installation on real HAProxy; its processes are those that it began with to the end.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests
import yaml

from gateways.management.booting import booted

pytestmark = pytest.mark.haproxy

ROOT = Path(__file__).resolve().parents[1]
HOST = "shop.acme.test"
WAIT_S = 60.0
CORE = ["web", "worker-live", "worker-regular-slow", "consume", "sync"]

GATEWAY = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": [HOST],
    "routes": [
        {"name": "old", "service": "shop", "version": "1.0.0", "weight": "100%"},
        {"name": "new", "service": "shop", "version": "1.1.0", "weight": "0%"},
    ],
}


def await_that(what, is_so):
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, f"waited {WAIT_S:.0f} s for {what}"
        time.sleep(0.05)


class Site:
    """The installation, with the token of its tenant's first user."""

    def __init__(self, vamp):
        self.vamp = vamp
        self.token = vamp.token

    def ask(self, method, path, environment="production", **options):
        here = f"{self.vamp.api_url}/api/v1/organisations/acme/environments/{environment}"
        return requests.request(
            method, f"{here}{path}", timeout=20,
            headers={"Authorization": f"token {self.token}"}, **options,
        )  # fmt: skip

    def served(self, agent=0):
        """Status of a request through an agent's HAProxy, 0 where it does not answer."""
        url = f"http://{self.vamp.addresses[agent]}:{self.vamp.shared_port}/"
        try:
            return requests.get(url, headers={"Host": HOST}, timeout=5).status_code
        except requests.RequestException:
            return 0

    def versions(self, environment="production"):
        answer = self.ask("GET", "/services/shop", environment)
        return {each["version"] for each in answer.json().get("versions", [])}

    def define(self, *versions):
        shop = {v: _workload(v) for v in versions}
        definition = {"services": {"shop": {"versions": shop}}}
        (self.vamp.services / "services.yaml").write_text(yaml.safe_dump(definition))

    def followed(self):
        """Leases of discovery that are held."""
        held = "SELECT name FROM vamp_lease WHERE name LIKE 'discovery/%'"
        file = f"file:{self.vamp.folder}/vamp.sqlite3?mode=ro"
        with closing(sqlite3.connect(file, uri=True)) as connection:
            return connection.execute(f"{held} AND expires_at > datetime('now')").fetchall()

    def parts(self):
        """Name → process id of what runs."""
        run = self.vamp.folder / "run"
        return {path.stem: path.read_text() for path in run.glob("*.pid")}


def _workload(version):
    return {
        "command": [sys.executable, "-m", "vamp.demo.service", "--version", version],
        "instances": 1,
        "directory": str(ROOT),
        "readiness": {"http": "/healthz", "interval": "200ms"},
    }


def test_environment__through_its_whole_life__every_process_notices(tmp_path):
    with booted(tmp_path / "state") as vamp:
        site = Site(vamp)
        begun = site.parts()
        site.define("1.0.0", "1.1.0")
        await_that("both versions", lambda: len(site.versions()) == 2)
        assert site.ask("PUT", "/gateways/shop", json=GATEWAY).status_code == 201
        await_that("traffic", lambda: site.served() == site.served(1) == 200)

        _archive_and_restore(site)
        _clone(site)
        _delete(site)

        now = site.parts()
        assert {name: now[name] for name in CORE} == {name: begun[name] for name in CORE}


def _archive_and_restore(site):
    assert site.ask("POST", "/archive").status_code == 204
    weights = {"old": "50%", "new": "50%"}
    refused = site.ask("PUT", "/gateways/shop/weights", json=weights)
    assert refused.status_code == 409, refused.text
    await_that("discovery to let go of it", lambda: not site.followed())
    site.define("1.0.0", "1.1.0", "1.2.0")
    time.sleep(3)
    assert "1.2.0" not in site.versions()
    assert site.served() == site.served(1) == 200

    assert site.ask("POST", "/restore").status_code == 204

    await_that("discovery to go on", lambda: "1.2.0" in site.versions())
    assert site.ask("PUT", "/gateways/shop/weights", json=weights).status_code == 200
    await_that("live again", lambda: site.ask("GET", "/gateways/shop/status").json()["is_live"])


def _clone(site):
    made = site.ask("POST", "/clone", json={"name": "staging", "scheduler_url": ""})
    assert made.status_code == 201, made.text
    assert made.json()["copied"] == {"gateways": 1, "policies": 0}
    await_that(
        "the clone's own agents to serve its gateway",
        lambda: site.ask("GET", "/gateways/shop/status", "staging").json().get("is_live"),
    )
    assert {"agent-acme-staging-vga-1", "agent-acme-staging-vga-2"} <= site.parts().keys()


def _delete(site):
    def preview():
        return site.ask("GET", "/deletion", "staging").json()["preview"]

    await_that("both agents of the clone", lambda: preview()["alive"] == {"agents": 2})
    seen = preview()
    assert (seen["rows"]["gateways"], seen["tokens"]) == (1, 1)
    assert seen["keys"] >= 2
    assert site.ask("DELETE", "?confirm=production", "staging").status_code == 400

    assert site.ask("DELETE", "?confirm=staging", "staging").status_code == 202

    await_that("it to be gone", lambda: site.ask("GET", "", "staging").status_code == 404)
    await_that(
        "its agents to end",
        lambda: not [name for name in site.parts() if name.startswith("agent-acme-staging")],
    )
    records = requests.get(
        f"{site.vamp.api_url}/api/v1/organisations/acme/deletions", timeout=10,
        headers={"Authorization": f"token {site.token}"},
    ).json()["results"]  # fmt: skip
    assert [(each["path"], each["waits_for"]) for each in records] == [("acme/staging", "")]
    assert site.served() == site.served(1) == 200
    again = site.ask("POST", "/clone", json={"name": "staging", "scheduler_url": ""})
    assert again.status_code == 201
