from __future__ import annotations

from vamp.drivers.kv.file import FileStore
from vamp.drivers.kv.round_trip import check_round_trip
from vamp.ports.checks import Check
from vamp.ports.errors import PortRefused

MASTER = bytes(range(32))


class ReadOnly(FileStore):
    def put(self, key, value, *, expected=None):
        raise PortRefused("may not write")


def test_round_trip__that_works__notes_each_right_and_leaves_no_key(tmp_path):
    check, store = Check("folder"), FileStore(tmp_path, master=MASTER)

    check_round_trip(check, store, "acme/production")

    assert check.done().ok
    assert [each.what for each in check.done().findings] == [
        "may read", "may write", "reads back what was written", "may delete",
    ]  # fmt: skip
    assert store.keys("") == []


def test_round_trip__reading_only__says_what_to_allow(tmp_path):
    check = Check("folder")

    check_round_trip(check, ReadOnly(tmp_path, master=MASTER), "acme/production")

    found = check.done()
    assert [each.what for each in found.findings] == ["may read", "may write"]
    assert "acme/production/" in found.findings[-1].hint
    assert not found.ok
