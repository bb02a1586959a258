"""Whatever goes away, traffic goes on, the API answers, and work resumes by itself.

One installation on real HAProxy, under load from keep-alive clients that do not retry.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import yaml

from gateways.management.booting import Booted, booted
from vamp.demo.ledger import Ledger
from vamp.demo.traffic import Load, Traffic
from vamp.wiring import kv_from_url

pytestmark = pytest.mark.haproxy

HOST = "shop.acme.test"
WAIT_S = 30.0

GATEWAY = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": [HOST],
    "sticky": "cookie",
    "routes": [
        {"name": "old", "service": "shop", "version": "1.0.0", "weight": "100%"},
        {"name": "new", "service": "shop", "version": "1.1.0", "weight": "0%"},
    ],
}


def workload(version):
    return {
        "command": [os.sys.executable, "-m", "vamp.demo.service", "--version", version],
        "instances": 1,
        "directory": str(Path.cwd()),
        "readiness": {"http": "/healthz", "interval": "200ms"},
    }


def await_that(what, is_so):
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, f"waited {WAIT_S:.0f} s for {what}"
        time.sleep(0.05)


class Site:
    """The installation with its gateway and its traffic."""

    def __init__(self, vamp: Booted) -> None:
        self.vamp = vamp
        self.ledger = Ledger()
        self.begun = 0
        self.agents = [(address, vamp.shared_port) for address in vamp.addresses]

    def set_weight(self, share, gateway="shop"):
        """Ask for `share` percent to the new version; return the API's status."""
        weights = {"old": f"{100 - share}%", "new": f"{share}%"}
        return self.vamp.call("PUT", f"gateways/{gateway}/weights", json=weights).status_code

    def await_live(self, gateway="shop"):
        await_that("the gateway to be live on every agent", lambda: self.is_live(gateway))

    def is_live(self, gateway="shop"):
        try:
            return self.vamp.call("GET", f"gateways/{gateway}/status").json()["is_live"]
        except (requests.RequestException, KeyError, ValueError):
            return False

    def pid_of(self, part):
        """Return the process id of a part, from the list that `up` keeps for people."""
        return int((self.vamp.folder / "run" / f"{part}.pid").read_text())

    def kill(self, part):
        pid = self.pid_of(part)
        os.kill(pid, signal.SIGKILL)
        await_that(f"{part} to be started again", lambda: self.pid_of(part) != pid)

    def haproxy_of(self, agent):
        """Return the process ids of an agent's HAProxy, master and workers."""
        folder = f"{self.vamp.folder}/agents/acme+production+{agent}/".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"haproxy" in line.split(b"\0")[0] and folder in line:
                found.append(int(entry.name))
        return found

    @contextmanager
    def without_table(self, name):
        """Take a table of the database away: whatever lies on it does not answer."""
        away = f"{name}_away"
        self._alter(f"ALTER TABLE {name} RENAME TO {away}")
        try:
            yield
        finally:
            self._alter(f"ALTER TABLE {away} RENAME TO {name}")

    def _alter(self, statement):
        with closing(sqlite3.connect(self.vamp.folder / "vamp.sqlite3", timeout=20)) as connection:
            connection.execute(statement)

    @contextmanager
    def traffic(self):
        running = Traffic(self.agents, HOST, self.ledger, Load(clients=12, rate=100))
        self.begun = len(self.ledger.records())
        running.start()
        try:
            yield
        finally:
            running.stop()

    def failed(self):
        """Return the requests that failed since traffic last began."""
        return [
            record
            for record in self.ledger.records()[self.begun :]
            if record.failure or record.status >= 500
        ]


# For the session: in random order a module's tests need not follow one another.
@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with booted(tmp_path_factory.mktemp("faults") / "state") as vamp:
        site = Site(vamp)
        definition = {
            "services": {
                "shop": {"versions": {v: workload(v) for v in ("1.0.0", "1.1.0")}},
            }
        }
        (vamp.services / "services.yaml").write_text(yaml.safe_dump(definition))
        await_that(
            "both versions to be discovered",
            lambda: len(vamp.call("GET", "services/shop").json().get("versions", [])) == 2,
        )
        assert vamp.call("PUT", "gateways/shop", json=GATEWAY).status_code in (200, 201)
        site.await_live()
        yield site


@pytest.mark.parametrize("part", ["web", "worker-live", "worker-regular-slow", "consume", "sync"])
def test_process__killed_under_load__no_request_fails_and_work_resumes(site, part):
    with site.traffic():
        site.kill(part)
        await_that("the API to answer", lambda: _answers(site))
        assert (
            site.set_weight(
                {
                    "web": 10,
                    "worker-live": 20,
                    "worker-regular-slow": 25,
                    "consume": 30,
                    "sync": 40,
                }[part]
            )
            == 200
        )
        site.await_live()

    assert site.failed() == []


def _answers(site):
    try:
        return site.vamp.call("GET", "gateways/shop").ok
    except requests.RequestException:
        return False


def test_agent__killed_under_load__haproxy_serves_on_and_the_next_agent_adopts_it(site):
    with site.traffic():
        site.kill("agent-acme-production-vga-1")
        assert site.set_weight(50) == 200
        site.await_live()

    assert site.failed() == []


def test_supervisor__killed_under_load__services_run_on(site):
    with site.traffic():
        site.kill("scheduler-acme-production")
        assert site.set_weight(60) == 200
        site.await_live()

    assert site.failed() == []


def test_kv__gone_under_load__api_takes_changes_and_they_go_live_when_it_is_back(site):
    kv, away = site.vamp.folder / "kv", site.vamp.folder / "kv-away"
    with site.traffic():
        kv.rename(away)
        kv.write_text("not a folder")
        try:
            assert site.set_weight(70) == 200
            assert site.vamp.call("GET", "gateways").status_code == 200
            time.sleep(0.2)
            assert not site.is_live()
        finally:
            kv.unlink()
            away.rename(kv)
        site.await_live()

    assert site.failed() == []


def test_kv__lost_what_is_published_under_load__a_change_takes_no_other_gateway_away(site):
    other = {**GATEWAY, "name": "other", "hosts": ["other.acme.test"]}
    assert site.vamp.call("PUT", "gateways/other", json=other).status_code in (200, 201)
    site.await_live("other")
    key = (site.vamp.folder / "kv_key").read_text().strip()
    kv = kv_from_url(f"file://{site.vamp.folder}/kv", key=key)
    with site.traffic():
        for name in kv.keys("acme/production/gateways"):
            kv.delete(name)
        assert site.set_weight(30, "other") == 200
        site.await_live("other")
        site.await_live()

    assert site.failed() == []
    assert {name.rpartition("/")[2] for name in kv.keys("acme/production/gateways")} >= {
        "other", "shop",
    }  # fmt: skip
    site.vamp.call("DELETE", "gateways/other")


def test_scheduler__definition_is_broken_under_load__what_runs_goes_on(site):
    definition = site.vamp.services / "services.yaml"
    text = definition.read_text()
    with site.traffic():
        definition.write_text("services: [broken")
        try:
            assert site.set_weight(80) == 200
            site.await_live()
        finally:
            definition.write_text(text)

    assert site.failed() == []


def test_events__stream_is_away_under_load__changes_go_live_and_its_events_follow(site):
    with site.traffic():
        with site.without_table("vamp_streamcursor"):
            assert site.set_weight(35) == 200
            site.await_live()  # by the sweep beneath the events
            generation = site.vamp.call("GET", "gateways/shop/status").json()["desired"]
        await_that("the event of the change", lambda: _is_told(site, generation))

    assert site.failed() == []


def _is_told(site, generation):
    after, is_more = 0, True
    while is_more:
        told = site.vamp.call("GET", "events", params={"after": after, "limit": 500}).json()
        after, is_more = told["after"], told["is_more"]
        for event in told["results"]:
            is_change = event["subject"].endswith(".gateways.weights.changed")
            if is_change and event["payload"]["generation"] == generation:
                return True
    return False


def test_metrics__store_is_away_under_load__says_so_and_counts_everything_later(site):
    begun = int(time.time()) + 1  # rollups begin with whole seconds: let no earlier request in
    await_that("the next second", lambda: time.time() > begun)
    before = len(site.ledger.records())
    with site.traffic(), site.without_table("vamp_rolluprow"):
        assert site.set_weight(45) == 200
        site.await_live()
        assert site.vamp.call("GET", "gateways/shop/traffic").status_code == 503
        # At 100 a second: rollups of several seconds are refused meanwhile.
        await_that("250 requests", lambda: len(site.ledger.records()) - before >= 250)
    sent = len(site.ledger.records()) - before

    await_that(f"all of {sent} requests to be counted", lambda: _counted(site, begun) == sent)
    assert site.failed() == []
    assert sent > 0


def _counted(site, begun):
    until = int(time.time()) + 2
    asked = {"until": f"{datetime.fromtimestamp(until, UTC):%FT%TZ}", "window": f"{until - begun}s"}
    answer = site.vamp.call("GET", "gateways/shop/traffic", params=asked)
    return answer.json()["total"]["count"] if answer.ok else 0


def test_haproxy__killed_under_load__its_agent_starts_it_and_the_other_serves_on(site):
    address = site.agents[0][0]
    with site.traffic():
        for pid in site.haproxy_of("vga-1"):
            os.kill(pid, signal.SIGKILL)
        assert site.set_weight(55) == 200
        site.await_live()
        since = time.time()
        await_that("answers of the killed one", lambda: _answered(site, address, since))

    failed = site.failed()
    assert {record.agent.partition(":")[0] for record in failed} <= {address}
    assert all(record.sent_at <= since for record in failed)


def _answered(site, address, since):
    return (
        sum(
            record.status == 200
            for record in site.ledger.records()
            if record.sent_at > since and record.agent.startswith(f"{address}:")
        )
        >= 20
    )
