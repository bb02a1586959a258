"""What the embedded scheduler's driver promises beyond the port."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vamp.drivers.durable import locked
from vamp.drivers.scheduler.local.driver import LocalScheduler
from vamp.drivers.scheduler.local.status import SUPERVISOR_LOCK, Status, write_status
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortUnavailable

if TYPE_CHECKING:
    from tests.vamp.drivers.scheduler.local.conftest import Supervised


@pytest.mark.parametrize("url", ["local:{}", "local://{}"])
def test_from_dsn__names_a_folder__opens_it(supervised: Supervised, url: str) -> None:
    supervised.define(instances=0)
    supervised.start()

    scheduler = LocalScheduler.from_dsn(Dsn.parse(url.format(supervised.folder)))

    assert scheduler.snapshot().versions


@pytest.mark.parametrize("url", ["local:", "local://host/path"])
def test_from_dsn__names_no_folder__says_how_to_write_it(url: str) -> None:
    with pytest.raises(Invalid, match="local:/path"):
        LocalScheduler.from_dsn(Dsn.parse(url))


def test_snapshot__status_left_but_nobody_keeps_it__is_unavailable_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    write_status(tmp_path, Status(revision=3))
    scheduler = LocalScheduler(tmp_path)
    with locked(tmp_path / SUPERVISOR_LOCK, timeout_s=1):
        assert scheduler.snapshot().cursor == "3"

    with pytest.raises(PortUnavailable, match=r"python -m vamp\.drivers\.scheduler\.local"):
        scheduler.snapshot()


def test_snapshot__folder_missing__is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(PortUnavailable):
        LocalScheduler(tmp_path / "nowhere").snapshot()


def test_logs__of_an_instance_that_ended__are_still_there(supervised: Supervised) -> None:
    supervised.define()
    supervised.start()
    supervised.eventually(supervised.ready)
    (one,) = supervised.ready()

    supervised.scheduler.scale("shop", "1", 0)
    supervised.eventually(lambda: not supervised.instances())

    assert list(supervised.scheduler.logs(one.uid, lines=2)) == ["hello from 1 None", "bye"]


def test_definition_faults__good_definition__are_none(supervised: Supervised) -> None:
    supervised.define(instances=0)
    supervised.start()

    assert list(supervised.scheduler.definition_faults()) == []
