from __future__ import annotations

import pytest
from django.db import connections
from django.test import RequestFactory

from tests.conftest import DATABASES
from vamp import health


def test_healthz__while_the_process_runs__asks_nothing_of_anybody(client):
    answer = client.get("/healthz")  # a query would fail: this test has no database

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.mark.django_db(databases=DATABASES)
def test_readyz__every_database_answers__is_ok(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.fixture
def away(tmp_path, django_db_setup, django_db_blocker):
    """The alias of a database that cannot be opened."""
    connections.settings["away"] = {
        **connections.settings["dedicated"],
        "NAME": str(tmp_path / "no" / "folder" / "db.sqlite3"),
    }
    with django_db_blocker.unblock():
        yield "away"
    connections["away"].close()
    del connections["away"]
    del connections.settings["away"]  # the same object as settings.DATABASES


def test_readyz__a_database_is_silent__names_it_and_is_unavailable(away):
    answer = health.readyz(RequestFactory().get("/readyz"))

    assert answer.status_code == 503
    assert b'"databases": ["away"]' in answer.content
