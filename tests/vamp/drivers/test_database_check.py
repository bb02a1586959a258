from __future__ import annotations

import os

import pytest
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import ConnectionHandler

from vamp import database_url
from vamp.drivers import database_check
from vamp.drivers.database_check import (
    check_database,
    check_rows,
    in_words,
    missing_rights,
    pending_migrations,
)
from vamp.models import OutboxEvent
from vamp.models.lock import NamedLock

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.mark.parametrize("alias", ["default", "dedicated"])
def test_check__migrated_database__tells_all_and_leaves_no_row(alias):
    before = NamedLock.objects.using(alias).count()

    found = check_database(alias)

    assert found.is_prepared, found
    assert found.system in {"SQLite", "MySQL", "MariaDB"}
    assert found.version
    assert found.latency_ms is not None
    assert NamedLock.objects.using(alias).count() == before


@pytest.mark.parametrize("alias", ["default", "dedicated"])
def test_check_rows__of_a_store__is_well_and_writes_nothing(alias):
    found = check_rows(alias, OutboxEvent)

    assert found.is_prepared
    assert found.findings[-1].what == "may read its rows"


def test_check__migrations_missing__says_how_to_run_them(monkeypatch):
    monkeypatch.setattr(database_check, "pending_migrations", lambda alias: ["vamp.0009_new"])

    found = check_database("default")

    assert found.ok
    assert not found.is_prepared
    assert any("migrate --database=default" in each.hint for each in found.findings)


@pytest.fixture
def elsewhere(monkeypatch):
    """Let the default database be another one, as far as the check can see."""
    opened = []

    def place(url):
        handler = ConnectionHandler({"default": database_url.described(url)})
        opened.append(handler["default"])
        monkeypatch.setattr(database_check, "connections", handler)
        return "default"

    yield place
    for connection in opened:
        connection.close()


def test_check__folder_that_is_not_there__is_bad_and_says_where(elsewhere, tmp_path):
    found = check_database(elsewhere(f"sqlite://{tmp_path}/none/vamp.sqlite3"))

    assert not found.ok
    assert "does not answer" in found.findings[0].message


@pytest.mark.parametrize(
    ("number", "word"),
    [(1045, "password"), (2003, "port"), (1049, "CREATE DATABASE"), (1044, "GRANT")],
)
def test_in_words__errors_of_mysql__say_what_to_do(number, word):
    assert word in in_words(OperationalError(number, "whatever"))


def test_in_words__another_error__is_told():
    assert "disk" in in_words(OperationalError("disk I/O error"))


ALL = "GRANT ALL PRIVILEGES ON `vamp`.* TO `vamp`@`%`"
SOME = "GRANT SELECT, INSERT, CREATE, ALTER ON `va_p`.* TO `vamp`@`%`"
USAGE = "GRANT USAGE ON *.* TO `vamp`@`%` IDENTIFIED BY PASSWORD '***'"


@pytest.mark.parametrize(
    ("grants", "missing"),
    [
        ([USAGE, ALL], []),
        ([USAGE, SOME], ["DROP", "INDEX", "REFERENCES"]),
        ([USAGE], ["CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"]),
        (["GRANT ALL PRIVILEGES ON *.* TO root"], []),
        (["GRANT ALL PRIVILEGES ON `va\\_p`.* TO v"], [*database_check.SCHEMA_RIGHTS]),
        (["GRANT ALL PRIVILEGES ON `va%`.* TO v"], []),
        (["GRANT ALL PRIVILEGES ON `vamp`.`one_table` TO v"], [*database_check.SCHEMA_RIGHTS]),
    ],
)
def test_missing_rights__grants_of_an_account__are_those_of_the_whole_database(grants, missing):
    assert missing_rights(grants, "vamp") == missing


@pytest.mark.stack
@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"password": "wrong"}, "refuses user or password"),
        ({"port": 1}, "nothing listens"),
        ({"name": "no_such_database"}, "account"),
    ],
)
def test_check__real_mariadb_reached_wrongly__says_so_in_words(elsewhere, change, word):
    from vamp.dsn import Dsn

    dsn = Dsn.parse(os.environ["VAMP_DATABASE_URL"])
    password = change.get("password", dsn.secret)
    port, name = change.get("port", dsn.port), change.get("name", dsn.path.strip("/"))

    found = check_database(elsewhere(f"mysql://{dsn.username}:{password}@{dsn.host}:{port}/{name}"))

    assert not found.ok
    assert word in found.findings[0].message
    assert dsn.secret not in str(found)


def test_pending__dedicated_database__lacks_nothing_of_what_only_the_default_one_has():
    recorder = MigrationRecorder(connections["dedicated"])
    recorder.migration_qs.filter(app__in=["axes", "guardian", "auth", "admin"]).delete()

    assert pending_migrations("dedicated") == []
