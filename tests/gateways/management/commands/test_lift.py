from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gateways.management.booting import free_ports
from gateways.management.commands import lift as command
from gateways.management.lifted import Lifted
from gateways.management.processes import ProcessMark
from tenants.models import Environment

ROOT = Path(__file__).parents[4]


def lift(*arguments):
    out = StringIO()
    call_command("lift", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir(exist_ok=True)
    return settings.STATE_DIR


@pytest.mark.django_db(databases=["default", "dedicated"])
def test_lift__a_tenant__is_made_as_before(folder):
    assert "environment acme/production is there" in lift("acme/production")
    assert Environment.objects.get().path == "acme/production"


def test_status__nothing_lifted__says_how_and_exits_with_1(folder):
    with pytest.raises(CommandError, match="lift all-in-one"):
        lift("status")


def test_destroy__nothing_lifted__changes_nothing(folder):
    (folder / "kv").mkdir()

    assert "nothing was lifted" in lift("destroy", "--yes")
    assert (folder / "kv").exists()


def test_destroy__name_not_typed__ends_and_removes_nothing(folder, monkeypatch):
    Lifted.anew(folder, "acme/production", "h", 1).write(folder)
    (folder / "token").touch()
    monkeypatch.setattr("builtins.input", lambda: "acme")

    with pytest.raises(CommandError, match="not confirmed"):
        lift("destroy")

    assert (folder / "token").exists()


def test_destroy__name_typed__says_what_goes_and_removes_it(folder, monkeypatch):
    Lifted.anew(folder, "acme/production", "h", 1).write(folder)
    (folder / "token").touch()
    (folder / "mine").touch()
    monkeypatch.setattr("builtins.input", lambda: "acme/production")

    told = lift("destroy")

    assert f"goes: {folder}/token" in told
    assert f"stays, for it was not made by this: {folder}/mine" in told
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_all_in_one__that_is_up__is_not_started_twice(folder):
    made = Lifted.anew(folder, "acme/production", "127.0.0.1", 8000)
    made.running(ProcessMark.of(os.getpid())).write(folder)

    assert "up already: http://127.0.0.1:8000/" in lift("all-in-one")


@pytest.mark.django_db(databases=["default", "dedicated"])
def test_all_in_one__started__shows_the_password_here_and_gives_up_none(folder, monkeypatch):
    started = []
    monkeypatch.setattr(command.all_in_one, "migrate", lambda: None)
    monkeypatch.setattr(
        command.all_in_one, "start",
        lambda lifted, folder, arguments, tell: started.append(arguments) or lifted,
    )  # fmt: skip

    told = lift("all-in-one", "--sample", "--agents", "1")

    assert "login acme/admin   password" in told
    assert "Vamp is up" in told
    assert started == [["--agents", "1", "--sample"]]
    environment = Environment.objects.get()
    assert environment.stage == "production"
    assert environment.scheduler_url == f"local:{folder}/services/acme-production"


@pytest.mark.haproxy
def test_all_in_one__for_real__comes_up_is_well_and_goes_without_a_trace(tmp_path):
    port, shared_port = free_ports(1)
    folder = tmp_path / "state"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VAMP_")},
        "VAMP_STATE_DIR": str(folder),
        "VAMP_SHARED_PORT": str(shared_port),
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
    }

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "lift", *arguments],
            env=environment, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    began = run("all-in-one", "--port", str(port), "--agents", "1")
    status = run("status", "--format", "json")
    again = run("all-in-one", "--port", str(port))
    ended = run("destroy", "--yes")

    assert began[0] == 0, began[1]
    assert f"Vamp is up: http://127.0.0.1:{port}/" in began[1]
    parts = json.loads(status[1].partition("\n}")[0] + "\n}")["parts"]
    assert [part for part in parts if not part["is_well"]] == [], status[1]
    assert "up already" in again[1]
    assert ended[0] == 0, ended[1]
    assert not folder.exists()
    assert run("status")[0] == 1
