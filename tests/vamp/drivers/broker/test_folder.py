from __future__ import annotations

from vamp.drivers.broker import folder
from vamp.drivers.broker.folder import FolderBroker
from vamp.dsn import Dsn


def broker(tmp_path):
    return FolderBroker(Dsn.parse(f"filesystem://{tmp_path}"))


def test_check__folder_of_queues__is_well_and_stays_empty(tmp_path):
    (tmp_path / "queue").mkdir()

    found = broker(tmp_path).check()

    assert found.is_prepared
    assert list((tmp_path / "queue").iterdir()) == []


def test_check__not_there_yet__is_to_be_prepared(tmp_path):
    found = broker(tmp_path).check()

    assert found.ok
    assert not found.is_prepared
    assert "manage.py up" in found.findings[0].hint


def test_check__more_messages_than_workers_do__says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "MOST_WAITING", 1)
    (tmp_path / "queue").mkdir()
    for number in range(2):
        (tmp_path / "queue" / f"{number}.regular.msg").touch()

    found = broker(tmp_path).check()

    assert not found.ok
    assert "2 messages wait" in found.findings[-1].message


def test_check__folder_that_is_a_file__says_what_it_is(tmp_path, monkeypatch):
    (tmp_path / "queue").mkdir()

    def refuse(self, text):
        raise PermissionError("read-only")

    monkeypatch.setattr(folder.Path, "write_text", refuse)

    found = broker(tmp_path).check()

    assert not found.ok
    assert "not ours to use" in found.findings[0].message
