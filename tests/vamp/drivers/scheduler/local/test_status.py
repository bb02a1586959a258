from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from vamp.drivers.scheduler.local.status import (
    STATUS,
    InstanceStatus,
    Status,
    VersionStatus,
    read_status,
    write_status,
)

INSTANCE = InstanceStatus(
    "shop-1-a", "shop", "1", "127.0.0.1", 20_000, True, "2026-01-01T00:00:00+00:00", 2, "",
    {"app": "shop"}, "running", "abc-0", 42, 4711,
)  # fmt: skip
STATUS_OF_ONE = Status(
    7, "boot", 1, ("broken",), (VersionStatus("shop", "1", 3, 1, {"app": "shop"}),), (INSTANCE,)
)


def test_status__written_and_read__is_the_same(tmp_path: Path) -> None:
    write_status(tmp_path, STATUS_OF_ONE)

    assert read_status(tmp_path) == STATUS_OF_ONE
    assert [path.name for path in tmp_path.iterdir()] == [STATUS]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1}', "null"])
def test_read_status__unusable__is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / STATUS).write_text(text)

    assert read_status(tmp_path) is None


def test_snapshot__of_a_status__shows_what_the_port_shows() -> None:
    snapshot = STATUS_OF_ONE.snapshot()

    (instance,), (version,) = snapshot.instances, snapshot.versions
    assert snapshot.cursor == "7"
    assert instance.since == datetime(2026, 1, 1, tzinfo=UTC)
    assert (instance.uid, instance.port, instance.restarts) == ("shop-1-a", 20_000, 2)
    assert (version.desired, version.labels) == (3, {"app": "shop"})
