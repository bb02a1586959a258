from __future__ import annotations

import json

import pytest
from django.db import connections
from django.test import RequestFactory

from tests.conftest import DATABASES
from vamp import health
from vamp.dependencies import Dependency
from vamp.processes.stopping import stop


def test_healthz__while_the_process_runs__asks_nothing_of_anybody(client):
    answer = client.get("/healthz")  # a query would fail: this test has no database

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.mark.django_db(databases=DATABASES)
def test_readyz__every_database_answers__is_ok(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "dependencies": {"database default": "ok", "database dedicated": "ok"},
    }


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


def test_readyz__a_dedicated_database_is_silent__names_it_and_works_on_for_the_others(away):
    answer = health.readyz(RequestFactory().get("/readyz"))

    told = json.loads(answer.content)
    assert (told["status"], told["dependencies"]["database away"]) == ("ok", "silent")
    assert answer.status_code == 200


@pytest.mark.django_db(databases=DATABASES)
def test_readyz__the_default_database_is_silent__names_it_and_is_unavailable(monkeypatch):
    silent = Dependency("database default", lambda: 1 / 0)
    monkeypatch.setattr(health, "_needed", lambda: [silent])

    answer = health.readyz(RequestFactory().get("/readyz"))

    told = json.loads(answer.content)
    assert answer.status_code == 503
    assert (told["status"], told["dependencies"]["database default"]) == ("waiting", "silent")


@pytest.mark.django_db(databases=DATABASES)
def test_readyz__asked_to_end__is_not_ready_any_more(client):
    stop.set()
    try:
        answer = client.get("/readyz")
    finally:
        stop.clear()

    assert (answer.status_code, answer.json()["status"]) == (503, "ending")


def test_metrics__asked_from_this_machine__are_prometheus_text(client):
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert b"# TYPE vamp_requests_total counter" in answer.content


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("192.0.2.7", {}),
        ("2001:db8::7", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
    ],
)
def test_metrics__asked_from_elsewhere_or_through_a_proxy__are_refused(client, address, header):
    answer = client.get("/metrics", REMOTE_ADDR=address, headers=header)

    assert answer.status_code == 403
    assert b"vamp_" not in answer.content


def test_metrics__network_is_allowed__are_given(client, settings):
    settings.VAMP = settings.VAMP.model_copy(update={"metrics_allow": "192.0.2.0/24, ::1"})

    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403
