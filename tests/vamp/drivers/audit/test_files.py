"""The archive in a folder: what the one of Elasticsearch owes, it owes too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.vamp.drivers.audit.entries import NOON, entry
from vamp.drivers.audit.files import FileAudit
from vamp.ports.errors import PortRefused, PortUnavailable

DAYS = (NOON, NOON)


@pytest.fixture
def found(tmp_path):
    return FileAudit(tmp_path / "archive", "acme", "production")


def links(found, *positions):
    return found.links([f"default:{each}" for each in positions], days=DAYS)


def files_of(tmp_path):
    return sorted((tmp_path / "archive").rglob("*.jsonl"))


def test_write__again__stores_once_and_the_first_stays(found):
    assert found.write([entry(1), entry(2)]) == {}
    assert found.write([entry(1), entry(2, link="other"), entry(1_001)]) == {}

    assert links(found, 1, 2, 3, 1_001) == {
        "default:1": "l1", "default:2": "l2", "default:1001": "l1001",
    }  # fmt: skip
    assert found.entries("default", after=0, most=10) == [entry(1), entry(2), entry(1_001)]


def test_entries__over_several_files__are_in_order_and_no_more_than_asked_for(found):
    found.write([entry(each) for each in (2_500, 3, 1_500, 1)])

    assert [each.position for each in found.entries("default", after=1, most=2)] == [3, 1_500]
    assert [each.position for each in found.entries("default", after=1_500, most=2)] == [2_500]
    assert found.entries("default", after=2_500, most=2) == []


def test_entries__of_others__are_not_seen(found, tmp_path):
    FileAudit(tmp_path / "archive", "acme", "").write([entry(1, environment="")])
    FileAudit(tmp_path / "archive", "globex", "production").write([entry(2)])
    found.write([entry(3, database="dedicated")])

    assert found.entries("default", after=0, most=10) == []
    assert links(found, 1, 2) == {}


def test_write__after_a_crash_in_the_middle_of_a_line__takes_it_away(found, tmp_path):
    found.write([entry(1), entry(2)])
    (file,) = files_of(tmp_path)
    file.write_bytes(file.read_bytes()[:-10])

    assert links(found, 1, 2) == {"default:1": "l1"}
    found.write([entry(2)])
    assert links(found, 1, 2) == {"default:1": "l1", "default:2": "l2"}


@pytest.mark.parametrize("line", [b"no json\n", b"[]\n", b"{}\n", b'{"at": 7}\n'])
def test_entries__line_that_is_none_of_ours__is_refused(line, found, tmp_path):
    found.write([entry(1)])
    (file,) = files_of(tmp_path)
    file.write_bytes(file.read_bytes() + line)

    with pytest.raises(PortRefused):
        found.entries("default", after=0, most=10)


def test_write__files__are_for_nobody_else(found, tmp_path):
    found.write([entry(1)])

    (file,) = files_of(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_prune__older_entries__go_and_the_others_stay(found, tmp_path):
    found.write(
        [entry(1, at=NOON - timedelta(days=3)), entry(2), entry(1_001, at=NOON - timedelta(days=3))]
    )

    assert found.prune(before=NOON) == 2

    assert found.entries("default", after=0, most=10) == [entry(2)]
    assert len(files_of(tmp_path)) == 1
    assert found.prune(before=NOON) == 0


def test_archive__folder_that_cannot_be_used__does_not_answer(tmp_path):
    (tmp_path / "archive").write_text("a file")
    found = FileAudit(tmp_path / "archive", "acme", "production")

    with pytest.raises(PortUnavailable, match="cannot be used"):
        found.write([entry(1)])


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden"])
def test_archive__name_that_leads_elsewhere__is_refused(name, tmp_path):
    with pytest.raises(ValueError, match="not fit"):
        FileAudit(tmp_path, name, "production")
