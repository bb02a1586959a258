"""All of Vamp on one machine, with its stores on the real servers: up, used, looked at, and gone."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db.utils import ConnectionHandler
from redis import Redis

from gateways.management.booting import free_ports
from gateways.management.stack_site import stores_site
from tests.real_vault import Mount, fresh_mount, operator
from tests.rivals import wait_until
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.database_url import described
from vamp.drivers.events.jetstream_streams import organisations
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn

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


@dataclass(frozen=True)
class Stores:
    """Where it writes on the servers, and what of others lies there."""

    mount: Mount
    space: Space
    database: str
    broker: str
    environ: dict[str, str]

    def fill(self) -> None:
        """Put something of somebody else's into each."""
        self.mount().put("globex/own", "theirs")
        client = self.space.cluster.client
        client.indices.create(index=f"{self.space.prefix}-globex-own-rollup-2026.01.02")
        with self._cursor() as cursor:
            cursor.execute("CREATE TABLE theirs (id INTEGER PRIMARY KEY)")

    def held(self, organisation: str) -> dict[str, set[str]]:
        """Return the names of all that lies there; of what others use too, the tenant's or mount's."""
        client = self.space.cluster.client
        asked = client.options(ignore_status=404).indices
        templates = asked.get_index_template(name=f"{self.space.prefix}-*").body
        vault = operator()
        with self._cursor() as cursor:
            tables = set(cursor.db.introspection.table_names(cursor))
        redis = Redis.from_url(self.broker, decode_responses=True)
        found = {
            "keys": set(self.mount().keys("")),
            "policies": {
                name
                for name in vault.sys.list_policies()["data"]["policies"]
                if self.mount.name in name
            },
            "roles": {
                name
                for name in vault.auth.approle.list_roles()["data"]["keys"]
                if self.mount.name in name
            },
            "indices": set(self.space.indices()),
            "templates": {each["name"] for each in templates["index_templates"]},
            "tables": tables,
            "queues": {str(key) for key in redis.keys("*")},
            "streams": {name for name in self._streams() if name.startswith(organisation)},
        }
        redis.close()
        return found

    def _streams(self) -> Sequence[str]:
        key = Path(self.environ["VAMP_EVENTS_KEY_FILE"]).read_text()
        connection = NatsConnection(Dsn.parse(self.environ["VAMP_EVENTS_URL"]), key=key)
        try:
            return connection.call(organisations, timeout_s=10)
        finally:
            connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        connection = ConnectionHandler({"default": described(self.database)})["default"]
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


@pytest.fixture
def stores() -> Iterator[Stores]:
    with stores_site() as site, fresh_mount() as mount, Space.of_its_own() as space:
        environ = {
            name: text for name, text in site.variables.items() if name != "VAMP_KV_KEY_FILE"
        }
        environ |= {
            "VAMP_KV_URL": mount.url, "VAMP_KV_KEY": mount.key, "VAMP_METRICS_URL": space.url,
        }  # fmt: skip
        yield Stores(
            mount, space, environ["VAMP_DATABASE_URL"], environ["VAMP_BROKER_URL"], environ
        )


@pytest.fixture
def lift(tmp_path: Path, stores: Stores) -> Iterator[Lift]:
    """Stores of its own on the servers; what runs is ended, whatever became of the test."""
    tenant = f"acme-{secrets.token_hex(3)}/production"
    port, shared_port = free_ports(1)
    plain = {name: value for name, value in os.environ.items() if name[:5] != "VAMP_"}
    variables = {
        "VAMP_STATE_DIR": str(tmp_path / "state"),
        "VAMP_SHARED_PORT": str(shared_port),
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
    }
    made = Lift(tenant, tmp_path / "state", port, plain | stores.environ | variables)
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
    found = re.search(r"try it: +curl -H 'Host: ([^']+)' (http://\S+)", told)
    assert found, told

    def ask() -> bool:
        return requests.get(found[2], headers={"Host": found[1]}, timeout=5).status_code == 200

    return ask


def test_all_in_one__on_real_servers__can_be_used_as_it_says_and_leaves_nothing_behind(
    lift, stores
):
    stores.fill()
    organisation = lift.tenant.partition("/")[0]
    before = stores.held(organisation)

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
    during = stores.held(organisation)
    assert [kind for kind in before if not during[kind] > before[kind]] == []

    ended = lift.run("destroy", "--yes")

    assert ended[0] == 0, ended[1]
    assert not lift.folder.exists()
    assert f"goes: organisation {organisation}" in ended[1]
    assert stores.held(organisation) == before
    with pytest.raises(requests.ConnectionError):
        answers()
