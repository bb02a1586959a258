import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from tenants.management.commands import move_environment
from tenants.services import moves
from tests.factories import environment_in, gateway_with
from tests.tenants.storages import a_database, cleaned, without_settling

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)


@pytest.fixture
def environment(db, monkeypatch):
    without_settling(monkeypatch)
    monkeypatch.setattr(move_environment, "PAUSE_S", 0.01)
    with cleaned():
        made = environment_in()
        gateway_with(made, {"1.0.0": 10_000})
        yield made


def test_move__to_a_database_by_its_url_and_back__says_how_far_it_is(environment, tmp_path, capsys):
    url, password = a_database(tmp_path, "acme-production")
    (tmp_path / "password").write_text(password or "none")
    secret = ["--secret-file", str(tmp_path / "password")] if password else []

    call_command("move_environment", "acme/production", "--database", url, *secret)

    told = capsys.readouterr().out
    assert "acme-production: ready" in told
    assert "SQL database: done" in told
    environment.refresh_from_db()
    assert environment.database == "acme-production"

    call_command("move_environment", "acme/production", "--database", "installation")

    environment.refresh_from_db()
    assert environment.database == "default"
    assert connections["default"]


def test_move__only_asked_what_would_be__begins_nothing(environment, capsys):
    call_command("move_environment", "acme/production", "--kv", "redis://x", "--dry-run")

    assert "redis: is no key-value store" in capsys.readouterr().out
    assert moves.due() == []


def test_move__followed__goes_on_until_it_is_finished(environment, capsys):
    call_command("move_environment", "acme/production", "--events", "db:?x=1")
    assert "kept in step until you say --finish" in capsys.readouterr().out

    call_command("move_environment", "acme/production", "--finish")

    assert moves.due() == []


def test_move__given_up__is_cancelled(environment):
    call_command("move_environment", "acme/production", "--events", "db:?x=1", "--no-wait")
    with pytest.raises(CommandError, match="1 moves failed"):
        call_command("move_environment", "acme/production", "--cancel")

    assert moves.due() == []


@pytest.mark.parametrize("name", ["acme/nowhere", "acme"])
def test_move__of_nothing__says_so(environment, name):
    with pytest.raises(CommandError, match="there is no environment"):
        call_command("move_environment", name)
