"""What an all-in-one installation takes away at its end, and what it leaves to others."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateways.management import lifted_stores
from gateways.management.lifted import Lifted, OnServers
from gateways.management.lifted_stores import NotRemoved, goes, look, remove, rows_of
from tenants.connections import installation_kv
from tenants.models import Environment, LifeState, Organisation
from tests.conftest import DATABASES
from tests.factories import environment_in
from tests.furnished import tenant

pytestmark = pytest.mark.django_db(databases=DATABASES)

ROOT = Path(__file__).parents[3]


def lifted(servers: OnServers | None) -> Lifted:
    return Lifted("acme/production", "127.0.0.1", 1, servers=servers)


def test_look__database_of_another_installation__counts_only_what_is_not_there(db):
    environment_in("default", organisation="globex")
    installation_kv().put("_/vamp", "{}")

    found = look("acme/production")

    assert found.databases == ()
    assert (found.organisation, found.environment, found.kv) == (True, True, False)
    assert look("globex/production").organisation is False
    assert look("globex/staging").environment is True
    assert look("globex/production").environment is False


def test_remove__tenant_of_its_own_in_a_database_of_others__leaves_theirs():
    own, theirs = tenant("acme", "default", first_id=9_000), tenant("globex", "default")
    record = lifted(OnServers(organisation=True, environment=True))
    told = list(goes(record))

    remove(record, lambda line: None)

    assert told[0] == "organisation acme"
    assert not any("globex" in line for line in told)
    assert [row.name for row in Organisation.objects.all()] == ["globex"]
    assert Environment.objects.using("default").get().pk == theirs.environment.pk
    assert own.organisation.pk != theirs.organisation.pk


def test_remove__environment_alone_is_its_own__the_organisation_stays():
    environment_in("default", name="production")
    environment_in("default", name="staging")

    remove(lifted(OnServers(environment=True)), lambda line: None)

    assert [row.name for row in Environment.objects.using("default")] == ["staging"]


@pytest.mark.parametrize("servers", [None, OnServers()])
def test_rows_of__that_made_none__are_none(servers):
    environment_in("default")

    assert rows_of(lifted(servers)) == []
    remove(lifted(servers), lambda line: None)
    assert Organisation.objects.get().state == LifeState.ACTIVE


def test_remove__waits_for_too_long__says_for_what(monkeypatch):
    environment_in("default")
    monkeypatch.setattr(lifted_stores, "WAIT_S", 0.0)
    monkeypatch.setattr(lifted_stores, "continue_deletion", lambda pk: False)

    with pytest.raises(NotRemoved, match="run it again"):
        remove(lifted(OnServers(organisation=True)), lambda line: None)


def test_destroy__database_elsewhere_that_held_others_tables__removes_its_own_alone(tmp_path):
    database, state = tmp_path / "elsewhere.db", tmp_path / "state"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE theirs (id INTEGER PRIMARY KEY)")
    script = (
        "from pathlib import Path\n"
        "from django.core.management import call_command\n"
        "from gateways.management import all_in_one, lifted_stores\n"
        "from gateways.management.lifted import Lifted\n"
        f"folder = Path({str(state)!r})\n"
        "Lifted('acme/production', 'h', 1, servers=lifted_stores.look('acme/production'))"
        ".write(folder)\n"
        "all_in_one.migrate()\n"
        "call_command('lift', 'acme/production')\n"
        "call_command('lift', 'destroy', '--yes')\n"
    )
    plain = {name: value for name, value in os.environ.items() if name[:5] != "VAMP_"}
    given = {
        "VAMP_STATE_DIR": str(state),
        "VAMP_DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
    }

    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "shell", "-c", script],
        env=plain | given, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "gone: acme" in done.stdout
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {name for (name,) in names if not name.startswith("sqlite_")} == {"theirs"}
