"""An environment's stores move while a release runs under load: nobody notices, and nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateways.management.booting import booted
from gateways.management.sites import Site
from gateways.management.stack_site import stores_site
from tests.chaos.receiver import hook_receiver
from tests.moving_live import Moving, as_platform_administrator
from tests.real_vault import fresh_mount
from tests.vamp.drivers.elasticsearch.server import Space
from tests.vamp.drivers.events.nats_server import running

pytestmark = pytest.mark.haproxy

RUNNING = "running"


def test_moves__there_and_back_under_a_release__no_request_fails_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    databases = {"own": f"sqlite:///{own}/own.sqlite3"}
    site = Site(variables={"VAMP_DATABASES": json.dumps(databases)})
    with hook_receiver() as hooks, booted(tmp_path / "up", site=site) as vamp:
        moving = Moving(as_platform_administrator(vamp, site), hooks)
        moving.set_up(successes=4)
        with moving.under_load() as answers:
            moving.begin_release()

            moving.move(database="own", kv=f"file://{own}/kv")
            moving.move(database="", kv="")
            moving.await_end()

        assert moving.seen == [RUNNING, RUNNING]
        moving.verify(answers)


@pytest.mark.stack
@pytest.mark.django_db  # databases are made beside those of the tests
def test_moves__of_every_store_on_real_servers__no_request_fails_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    with (
        stores_site() as stores,
        stores_site() as others,
        fresh_mount() as mount,
        Space.of_its_own() as space,
        running(tmp_path / "nats") as nats,
        hook_receiver() as hooks,
    ):
        databases = {"own": others.variables["VAMP_DATABASE_URL"]}
        site = replace(
            stores, variables={**stores.variables, "VAMP_DATABASES": json.dumps(databases)}
        )
        with booted(tmp_path / "up", site=site) as vamp:
            moving = Moving(as_platform_administrator(vamp, site), hooks)
            moving.set_up(successes=12)
            with moving.under_load() as answers:
                moving.begin_release()

                moving.move(
                    database="own",
                    kv=mount.url,
                    metrics=space.url,
                    events=nats.url,
                    secrets={"kv": mount.key},
                )
                moving.move(database="", kv="", metrics="", events="")
                moving.await_end()

            assert moving.seen[0] == RUNNING
            moving.verify(answers)
