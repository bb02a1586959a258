import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from tests.tenants.storages import cleaned
from vamp import dedicated, migrating
from vamp.dedicated import Known

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


def test_migrate_all__all_up_to_date__says_so(capsys):
    call_command("migrate_all")

    assert capsys.readouterr().out.splitlines() == ["default: up to date", "dedicated: up to date"]


def test_migrate_all__check__names_what_is_behind_and_changes_nothing(capsys):
    migrating.forget("dedicated")
    recorder = MigrationRecorder(connections["dedicated"])
    recorder.record_unapplied("policies", "0001_initial")

    with pytest.raises(CommandError, match="not up to date: dedicated"):
        call_command("migrate_all", check=True)

    assert "1 behind: policies.0001_initial" in capsys.readouterr().out
    recorder.record_applied("policies", "0001_initial")


def test_migrate_all__one_that_is_away__keeps_no_other_from_its_turn(tmp_path, capsys, monkeypatch):
    found = [
        Known("away", "sqlite:////nowhere/at/all.sqlite3"),
        Known("own", f"sqlite://{tmp_path}/own.sqlite3"),
    ]
    monkeypatch.setattr(dedicated, "import_string", lambda path: lambda: found)
    with cleaned(), pytest.raises(CommandError, match="not up to date: away"):
        call_command("migrate_all")

    told = capsys.readouterr()
    assert "away: the database away cannot be reached" in told.err
    assert "own: " in told.out
    assert "migrations" in told.out
