from __future__ import annotations

from collections import namedtuple

from vamp.drivers.kv import file_check
from vamp.drivers.kv.file import FileStore

MASTER = bytes(range(32))
Usage = namedtuple("Usage", "total used free")


def test_check__folder_that_is_not_there__stays_so_and_is_to_be_prepared(tmp_path):
    found = FileStore(tmp_path / "kv", master=MASTER).check("acme/production")

    assert found.ok
    assert not found.is_prepared
    assert not (tmp_path / "kv").exists()


def test_check__folder_that_cannot_be_made__says_who_must_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(file_check.os, "access", lambda path, mode: False)

    found = FileStore(tmp_path / "kv", master=MASTER).check("acme/production")

    assert not found.ok
    assert "give it to the user" in found.findings[0].hint


def test_check__another_key_than_the_folders__says_that_it_does_not_open(tmp_path):
    FileStore(tmp_path, master=MASTER).put("acme/production/x", "1")

    found = FileStore(tmp_path, namespace_keys={"globex/production": MASTER}).check(
        "acme/production"
    )

    assert not found.ok
    assert "does not open" in found.findings[0].message


def test_check__disk_that_is_full__says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(file_check.shutil, "disk_usage", lambda path: Usage(1, 1, 1))

    found = FileStore(tmp_path, master=MASTER).check("acme/production")

    assert not found.ok
    assert "MiB" in found.findings[-1].message
