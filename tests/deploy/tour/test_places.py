from __future__ import annotations

import os
import shlex
import sqlite3

import pytest

from deploy.tour.places import OWN, TENANTS, Files, Servers, main


def test_files__made__are_below_the_folder(tmp_path, capsys):
    assert main([str(tmp_path), "make"], {}) == 0

    told = dict(
        line.removeprefix("export ").split("=", 1) for line in capsys.readouterr().out.splitlines()
    )
    assert told["GLOBEX"] == "globex"
    assert shlex.split(told["GLOBEX_DATABASE"]) == [f"sqlite://{tmp_path}/globex.sqlite3"]
    assert shlex.split(told["GLOBEX_KV"]) == [f"file://{tmp_path}/globex-kv"]


def test_files__looked_into__are_counted(tmp_path):
    for name, count in (("state/vamp", 1), ("globex", 2)):
        file = tmp_path / f"{name}.sqlite3"
        file.parent.mkdir(exist_ok=True)
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE gateways_gateway (id INTEGER)")
            database.executemany("INSERT INTO gateways_gateway VALUES (?)", [(1,)] * count)
        database.close()
    (tmp_path / "globex-kv" / "a").mkdir(parents=True)
    (tmp_path / "globex-kv" / "a" / "b").touch()

    assert dict(Files(tmp_path).look()) == {
        "state/vamp.sqlite3": "1 gateways", "globex.sqlite3": "2 gateways",
        "state/kv": "0 files, encrypted", "globex-kv": "1 files, encrypted",
    }  # fmt: skip


@pytest.mark.stack
def test_servers__made_and_removed__leave_nothing(tmp_path):
    places = Servers(tmp_path, os.environ)

    made = places.make()
    for tenant in (OWN, *TENANTS):
        places._sql("CREATE TABLE gateways_gateway (id INTEGER)", places._name(tenant, "_"))
    seen = dict(places.look())
    places.remove()

    name = made["GLOBEX_DATABASE"].rpartition("/")[2]
    assert places._sql(f"SHOW DATABASES LIKE '{name}'") == ""
    assert name not in places._sql("SELECT User FROM mysql.user")
    mount = made["GLOBEX_KV"].partition("?")[0].rpartition("/")[2]
    assert f"{mount}/" not in places._vault.do("GET", "/v1/sys/mounts")["data"]
    assert seen[f"Vault, {mount}/"] == "nothing"
    assert (tmp_path / "globex.vault").stat().st_mode & 0o077 == 0
