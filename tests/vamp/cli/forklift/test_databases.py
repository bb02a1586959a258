from __future__ import annotations

import pytest

from tenants.models import DatabaseState, DedicatedDatabase, Environment
from tenants.services.preparation import prepare
from tests.tenants.storages import a_database, cleaned


@pytest.fixture(autouse=True)
def forgotten():
    """No process knows a test's databases afterwards."""
    with cleaned():
        yield


URL = "mysql://vamp@db.acme.test/own"


def test_database__created__is_prepared_in_the_background(root):
    ran = root.forklift(
        "create", "database", "own", "--url", URL, "--password-file", "-", stdin="hunter2\n"
    )

    assert ran.out == "database own is preparing\n", ran.err
    assert DedicatedDatabase.objects.get().url == URL
    assert "hunter2" not in root.forklift("show", "database", "own").all
    assert "own" in root.forklift("list", "databases").out


def test_database__that_is_there_or_is_not__is_told_by_the_verb(root):
    root.forklift("create", "database", "own", "--url", URL)

    assert root.forklift("create", "database", "own", "--url", f"{URL}2").exit == 5
    assert root.forklift("create", "database", "other").exit == 2
    assert root.forklift("update", "database", "other", "--url", URL).exit == 3
    changed = root.forklift("add", "database", "own", "--url", f"{URL}2")

    assert changed.exit == 0, changed.err
    assert DedicatedDatabase.objects.get().url == f"{URL}2"
    assert root.forklift("delete", "database", "own", "--yes").out == "database own deleted\n"
    assert not DedicatedDatabase.objects.exists()


def test_database__waited_for__tells_how_it_ended(root):
    def look(_seconds):
        row = DedicatedDatabase.objects.get(alias="own")
        row.state, row.error = DatabaseState.FAILED, "the account may not make triggers"
        row.save()

    root.on_sleep = look

    ran = root.forklift("create", "database", "own", "--url", URL, "--wait")

    assert ran.exit == 7
    assert "may not make triggers" in ran.err


def test_database__not_ready_in_time__ends_with_7(root):
    ran = root.forklift("create", "database", "own", "--url", URL, "--wait", "--timeout", "2s")

    assert ran.exit == 7
    assert "not over within 2 s" in ran.err
    assert sum(root.slept) == 2


def test_environment__made_in_a_database__lies_there_and_says_so(root, tmp_path):
    url, password = a_database(tmp_path, "own")
    root.on_sleep = lambda _: prepare(DedicatedDatabase.objects.get(alias="own"))
    opens = ("--password-file", "-") if password else ()

    ready = root.forklift(
        "create", "database", "own", "--url", url, "--wait", *opens, stdin=password
    )
    made = root.forklift("create", "environment", "dev", "--database", "own")
    again = root.forklift("add", "environment", "dev", "--database", "default")
    stores = root.forklift("list", "stores", "--env", "dev")

    assert ready.out == "database own is ready\n", ready.err
    assert made.exit == 0, made.err
    assert Environment.objects.get(name="dev").database == "own"
    assert "lies in own" in again.err
    assert "organisation" in stores.out.splitlines()[1]
