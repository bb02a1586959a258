"""Raw lines delivered, waited for, and given up."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from gateways.agent.agent import SystemClock
from gateways.agent.faults import Faults
from gateways.agent.raw import Documents, LineBuffer
from gateways.agent.ship_lines import BATCH_LINES, LineShipper
from tests.gateways.agent.rig import until
from tests.gateways.agent.test_lines import HTTP
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.lines import LineStore


class Lines:
    """A store by identity; raises `error` while there is one."""

    def __init__(self) -> None:
        self.stored: dict[bytes, bytes] = {}
        self.sizes: list[int] = []
        self.refuses = 0
        self.error: Exception | None = None
        self.tried = threading.Event()

    def write(self, lines) -> int:
        self.tried.set()
        if self.error is not None:
            raise self.error
        self.sizes.append(len(lines))
        kept = lines[self.refuses :]
        self.stored |= {line.identity: line.document for line in kept}
        return len(lines) - len(kept)


class Setting:
    def __init__(self, limit_bytes: int = 1 << 24) -> None:
        self.store = Lines()
        self.buffer = LineBuffer(share=1, limit_bytes=limit_bytes)
        self.faults = Faults(SystemClock())
        made = Documents("one", "b00t", 1, dict)
        self.shipper = LineShipper(self.buffer, made, cast("LineStore", self.store), self.faults)


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_drain__more_than_a_batch__delivers_all(setting):
    for _ in range(3):
        setting.buffer.add([HTTP] * (BATCH_LINES // 2 + 1))

    setting.shipper.drain()

    assert setting.shipper.shipped == len(setting.store.stored) == 3 * (BATCH_LINES // 2 + 1)
    assert len(setting.store.sizes) == 2


def test_drain__some_cannot_be_read_and_some_are_refused__are_counted(setting):
    setting.store.refuses = 2
    setting.buffer.add([HTTP, b"Server is DOWN.", HTTP, b'{"cut":', HTTP])

    setting.shipper.drain()

    assert (setting.shipper.shipped, setting.shipper.refused) == (1, 3)


@pytest.mark.parametrize("error", [PortUnavailable("away"), PortRefused("wrong password")])
def test_run__store_is_away__waits_with_the_same_identities_and_says_so(setting, error):
    setting.store.error = error
    setting.shipper.start()
    setting.buffer.add([HTTP] * 3)
    setting.store.tried.wait(5)
    until(lambda: setting.faults.present())

    setting.store.error = None
    until(lambda: setting.shipper.shipped == 3)

    assert set(setting.store.stored) == {b"one/b00t/%d" % number for number in range(3)}
    assert setting.faults.present() == ()
    assert setting.buffer.dropped == 0
    setting.shipper.stop(timeout_s=5)


def test_run__store_is_away_for_long__gives_up_the_oldest_and_counts_them():
    setting = Setting(limit_bytes=10 * len(HTTP))
    setting.store.error = PortUnavailable("away")
    setting.shipper.start()
    setting.buffer.add([HTTP])
    setting.store.tried.wait(5)

    for _ in range(25):
        setting.buffer.add([HTTP])
    setting.store.error = None
    until(lambda: setting.shipper.shipped == 11)

    assert setting.buffer.dropped == 15
    assert set(setting.store.stored) == {b"one/b00t/%d" % n for n in (0, *range(16, 26))}
    setting.shipper.stop(timeout_s=5)


def test_stop__store_takes_them__delivers_the_rest(setting):
    setting.shipper.start()
    setting.buffer.add([HTTP] * 3)

    setting.shipper.stop(timeout_s=5)

    assert len(setting.store.stored) == 3


def test_stop__store_is_away__ends_and_counts_what_is_lost(setting):
    setting.store.error = PortUnavailable("away")
    setting.buffer.add([HTTP] * 3)
    setting.shipper.start()
    setting.store.tried.wait(5)

    setting.shipper.stop(timeout_s=10)

    assert setting.buffer.dropped == 3
    assert setting.shipper.shipped == 0
