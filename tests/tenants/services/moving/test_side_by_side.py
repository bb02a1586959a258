"""Two tenants with the same names for everything, each on stores of its own, on real servers.

Two MariaDB databases, two mounts of Vault, two prefixes of Elasticsearch, two subjects' streams of
JetStream: what is one's lies in its own stores alone, and goes there and back under load.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connections
from django.utils import timezone

from gateways.models import Gateway
from gateways.services.agents import record_rollups
from gateways.services.publication import publish_stale
from gateways.services.weights import set_weights
from tenants.connections import kv_at, metrics_at
from tenants.models import Environment
from tenants.services import moves
from tenants.services.moving import kv as kv_road
from tenants.services.moving import metrics as metrics_road
from tests.factories import ACTOR, event_in
from tests.real_vault import fresh_mount
from tests.tenants.services.moving.test_metrics import ONE
from tests.tenants.storages import gone_on, moved
from tests.vamp.drivers.elasticsearch.server import Space
from tests.vamp.drivers.events.nats_server import NatsServer, running
from vamp import outbox
from vamp.contention import is_passing
from vamp.drivers.elasticsearch.cluster import Cluster
from vamp.dsn import Dsn
from vamp.models import AuditEntry, OutboxEvent
from vamp.ports.errors import PortError
from vamp.processes.relaying import Relay

pytestmark = [
    pytest.mark.stack,
    pytest.mark.django_db(databases=["default", "dedicated"], transaction=True),
]

LOAD_S = 1.0
"""The load goes on for so long before a move, and after it."""


class Load(threading.Thread):
    """Changes weights and reports traffic, as people and agents do: refused is tried again."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(daemon=True)
        self._pk = environment.pk
        self._ended = threading.Event()
        self.changes = self.requests = self.refused = 0
        self.failed: list[BaseException] = []

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                environment = Environment.objects.select_related("organisation").get(pk=self._pk)
                self._once(self._change, environment)
                self._once(self._report, environment)
        except BaseException as error:
            self.failed.append(error)
        finally:
            connections.close_all()

    def _once(self, work, environment: Environment) -> None:
        try:
            work(environment)
        except PortError:
            self.refused += 1
        except Exception as error:
            if not is_passing(error):
                raise
            self.refused += 1

    def _change(self, environment: Environment) -> None:
        gateway = Gateway.objects.in_environment(environment).get(name="shop")
        gateway.environment = environment
        share = 10_000 - (self.changes % 2 + 1) * 1_000
        names = list(gateway.routes.order_by("position").values_list("name", flat=True))
        set_weights(gateway, dict(zip(names, (share, 10_000 - share), strict=True)), actor="load")
        self.changes += 1

    def _report(self, environment: Environment) -> None:
        number = self.requests + 1
        record_rollups(
            environment,
            [replace(ONE, id=f"load/{number}", start=timezone.now(), count=1, gateway="load")],
        )
        self.requests += 1

    def end(self) -> None:
        self._ended.set()
        self.join(30)
        if self.failed:
            raise self.failed[0]


@pytest.fixture(autouse=True)
def metrics_in_sql(settings) -> None:
    """Whatever the installation has, so that rollups lie beside the rest and move with it."""
    settings.METRICS_URL = "db:"


@pytest.fixture
def load(tenants) -> Iterator[Load]:
    made = Load(tenants[0].environment)
    made.start()
    yield made
    made.end()


def told_by_load(environment: Environment) -> dict[str, int]:
    """Return how many changes of the load are there: as audit entries, and as events."""
    audit = events = 0
    for database in environment.databases:
        mine = {"organisation": "acme", "environment": "production"}
        audit += AuditEntry.objects.using(database).filter(actor="load", **mine).count()
        events += (
            OutboxEvent.objects.using(database)
            .filter(subject__endswith="gateways.weights.changed", **mine)
            .count()
        )
    return {"audit": audit, "events": events}


def test_databases__there_and_back_under_load__lose_nothing(tenants, own, load):
    environment = tenants[0].environment
    before = told_by_load(environment)
    for target in (own, "", own):
        time.sleep(LOAD_S)
        move = moved(environment, target)
        assert move.state == "done"
        assert move.held_ms < 20_000
    time.sleep(LOAD_S)
    load.end()
    environment.refresh_from_db()

    after = told_by_load(environment)
    rows = metrics_at(environment, "").tallies(step_s=3600.0)

    assert load.changes > 5
    assert after["audit"] - before["audit"] == load.changes
    assert after["events"] - before["events"] == load.changes
    assert sum(each.rollups for each in rows.values()) == load.requests + 2  # and those of before
    gateway = Gateway.objects.in_environment(environment).get(name="shop")
    assert gateway.generation > load.changes
    assert not Gateway.objects.using("default").filter(environment_id=environment.pk).exists()


def test_positions__through_moves_under_load__only_count_up(tenants, own, load):
    environment = tenants[0].environment
    for target in (own, ""):
        time.sleep(LOAD_S / 2)
        moved(environment, target)
    load.end()
    for database in ("default", own):
        outbox.give_positions(database)
    environment.refresh_from_db()
    found = [
        (row.emitted_at, row.position)
        for database in environment.databases
        for row in OutboxEvent.objects.using(database).filter(
            organisation="acme", environment="production", subject__endswith="weights.changed"
        )
    ]

    positions = [position for _, position in sorted(found)]
    assert len(positions) > 5
    assert positions == sorted(positions)
    assert len(set(positions)) == len(positions)


def test_stores__of_two_tenants_with_the_same_names__hold_their_own_alone(
    tenants, own, monkeypatch
):
    monkeypatch.setattr(metrics_road, "QUIET_S", 0.0)
    ours, theirs = (each.environment for each in tenants)
    with (
        fresh_mount() as one,
        fresh_mount() as two,
        Space.of_its_own() as es1,
        Space.of_its_own() as es2,
    ):
        for environment, mount, space in ((ours, one, es1), (theirs, two, es2)):
            kv = moves.begin(environment, "kv", mount.url, secret=mount.key, actor=ACTOR)
            move = gone_on(kv)
            assert move.state == "following", move.error
            moves.finish(move, actor=ACTOR)
            assert gone_on(move).state == "done"
            assert (
                gone_on(moves.begin(environment, "metrics", space.url, actor=ACTOR)).state == "done"
            )
        moved(ours, own)
        for environment in (ours, theirs):
            environment.refresh_from_db()
            metrics = metrics_at(environment, environment.metrics_url)
            metrics.write([replace(ONE, count=environment.pk, start=timezone.now())])
            publish_stale(environment)

        kv_ours, kv_theirs = kv_at(ours, one.url), kv_at(theirs, two.url)
        assert kv_road.published_keys(kv_ours, ("acme", "production"))
        assert kv_theirs.keys("acme") == []
        assert kv_ours.keys("globex") == []
        assert kv_road.published_keys(kv_theirs, ("globex", "production"))
        assert _indices(es1) == {"acme"}
        assert _indices(es2) == {"globex"}
        assert Gateway.objects.using(own).filter(name="shop").count() == 1
        assert not Gateway.objects.using("default").filter(environment_id=ours.pk).exists()
        with connections[own].cursor() as cursor:
            cursor.execute("SELECT name FROM tenants_organisation")
            assert [name for (name,) in cursor.fetchall()] == ["acme"]


def _indices(space: Space) -> set[str]:
    client = Cluster(Dsn.parse(space.url)).client
    return {name.split("-")[1] for name in client.indices.get(index=f"{space.prefix}-*")}


def test_streams__of_two_tenants__hold_their_own_events_and_none_is_lost(
    tenants, tmp_path, settings
):
    ours, theirs = (each.environment for each in tenants)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with running(folders[0]) as one, running(folders[1]) as two:
        settings.EVENTS_URL, settings.EVENTS_KEY = one.url, ""
        relays = Relay()
        for environment in (ours, theirs):
            event_in(environment, "gateways.gateway.before", position=None)
        relays.relay_once()
        move = gone_on(moves.begin(ours, "events", two.url, actor=ACTOR))
        for environment in (ours, theirs):
            event_in(environment, "gateways.gateway.after", position=None)
        relays.relay_once()

        assert move.state == "following", move.error
        assert _heard(one, "acme") == ["gateways.gateway.before"]
        assert _heard(two, "acme") == ["gateways.gateway.after"]
        assert _heard(one, "globex") == ["gateways.gateway.before", "gateways.gateway.after"]
        assert _heard(two, "globex") == []

        moves.finish(move, actor=ACTOR)
        assert gone_on(move).state == "done"
        ours.refresh_from_db()
        gone_on(moves.begin(ours, "events", "", actor=ACTOR))
        event_in(ours, "gateways.gateway.back", position=None)
        relays.relay_once()

        assert _heard(one, "acme") == ["gateways.gateway.before", "gateways.gateway.back"]
        assert _heard(two, "acme") == ["gateways.gateway.after"]


def _heard(server: NatsServer, organisation: str) -> list[str]:
    subject = f"vamp.{organisation}.production.gateways.gateway.>"
    found = server.stream().replay(after=0, subject=subject, limit=100)
    told = [outbox.what_of(message.subject) for message in found]
    return [what for what in told if not what.endswith(".changed")]  # those the tenants begin with
