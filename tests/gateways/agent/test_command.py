"""The command line: faults at once, a look without touching, and what it imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from gateways.agent.command import app
from gateways.haproxy.config import Endpoint
from gateways.haproxy.manifest import Manifest, ManifestEntry, manifest_key, part_key
from gateways.haproxy.part import Part, digest
from gateways.haproxy.render import render_part
from tests.gateways.agent.rig import MASTER, PLACE, Publisher
from tests.gateways.haproxy.builders import gateway
from tests.real_vault import fresh_mount
from vamp.drivers.kv.sealing import agent_key
from vamp.wiring_of_agent_keys import kv_agent_key, revoke_kv_agent_key

runner = CliRunner()


def options(folder) -> list[str]:
    found = {
        "name": "one",
        "organisation": PLACE[0],
        "environment": PLACE[1],
        "kv-url": f"file://{folder}/kv",
        "state": f"{folder}/state",
    }
    return [word for name, value in found.items() for word in (f"--{name}", value)]


@pytest.fixture
def key() -> dict[str, str]:
    return {"VAMP_AGENT_KV_KEY": agent_key(MASTER, *PLACE)}


def test_run__settings_are_missing__names_them_all():
    found = runner.invoke(app, ["run"], env={"VAMP_AGENT_NAME": "no label!"})

    assert found.exit_code == 2
    for setting in ("/name", "/organisation", "/environment", "/kv_url", "/state"):
        assert setting in found.stderr


def test_run__store_of_an_unknown_kind__says_which_there_are(tmp_path, key):
    words = [word.replace("file://", "stone://") for word in options(tmp_path)]

    found = runner.invoke(app, ["run", *words], env=key)

    assert found.exit_code == 2
    assert "file" in found.stderr


@pytest.mark.haproxy
def test_check__published_gateway__prints_what_haproxy_would_get(folder, key):
    publisher = Publisher(folder / "kv", shared_port=8080)
    publisher.publish(gateway("shop", {"a": Endpoint("i", "127.0.0.1", 9000)}))

    found = runner.invoke(app, ["check", *options(folder)], env=key)

    assert found.exit_code == 0, found.stderr
    assert "backend shop:a" in found.stdout
    assert "# map hosts.map\nshop.test/ shop\n" in found.stdout
    assert not (folder / "state").exists()


@pytest.mark.stack
@pytest.mark.haproxy
def test_check__published_in_vault__is_read_with_the_environments_approle(folder):
    with fresh_mount() as mount:
        part = render_part(gateway("shop", {"a": Endpoint("i", "127.0.0.1", 9000)})).to_json()
        mount().put(part_key(*PLACE, "shop"), part)
        entries = {"shop": ManifestEntry(1, digest(part))}
        mount().put(manifest_key(*PLACE), Manifest(entries, 8080).to_json())
        place = dict(zip(("organisation", "environment"), PLACE, strict=True))
        key = kv_agent_key(mount.url, key=mount.key, **place)
        words = [*options(folder), "--kv-url", mount.url]

        found = runner.invoke(app, ["check", *words], env={"VAMP_AGENT_KV_KEY": key})
        revoke_kv_agent_key(mount.url, key=mount.key, **place)
        without = runner.invoke(app, ["check", *words], env={"VAMP_AGENT_KV_KEY": key})

    assert found.exit_code == 0, found.stderr
    assert "backend shop:a" in found.stdout
    assert without.exit_code == 1
    assert "does not know this AppRole" in without.stderr


def test_check__vault_with_a_files_key__says_which_keys_there_are(tmp_path, key):
    words = [*options(tmp_path), "--kv-url", "vault://vault.test/kv"]

    found = runner.invoke(app, ["check", *words], env=key)

    assert found.exit_code == 2
    assert "token:<token> or approle:<role_id>:<secret_id>" in found.stderr


@pytest.mark.haproxy
def test_check__part_that_haproxy_refuses__is_an_error(folder, key):
    publisher = Publisher(folder / "kv", shared_port=8080)
    publisher.publish(Part("shop", 1, "backend shop:a\n    nonsense\n"))

    found = runner.invoke(app, ["check", *options(folder)], env=key)

    assert found.exit_code == 1
    assert "nonsense" in found.stderr


def test_status__folder_of_no_agent__is_down(tmp_path):
    found = runner.invoke(app, ["status", "--state", str(tmp_path)])

    assert found.exit_code == 1
    assert json.loads(found.stdout)["haproxy"] == "down"
    assert list(tmp_path.iterdir()) == []


def test_vga__imports__neither_django_nor_sql():
    code = (
        "import sys, gateways.agent.command, gateways.agent.agent, gateways.agent.inspection\n"
        "import vamp.wiring, vamp.drivers.kv.file, vamp.drivers.kv.vault.store\n"
        "print([m for m in ('django', 'celery', 'sqlite3', 'rest_framework') if m in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
