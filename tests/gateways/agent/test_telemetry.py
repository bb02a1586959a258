"""From counted lines to spooled rollups, without HAProxy and with a real one."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateways.agent import telemetry as module
from gateways.agent.lines import Line
from gateways.agent.losses import Losses
from gateways.agent.receiver import LogReceiver
from gateways.agent.rollup import RollupBook, RollupSource
from gateways.agent.spool import Complete, Record, Spool
from gateways.agent.telemetry import LATEST_CLOSE_MS, Telemetry
from gateways.haproxy.config import Endpoint
from gateways.haproxy.part import RouteLabel
from tests.gateways.agent.rig import until
from tests.gateways.agent.stand import Stand
from tests.gateways.haproxy.builders import gateway
from vamp.drivers.clock.settable import SettableClock
from vamp.ports.metrics import Rollup

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp()) * 1000
SPAN_MS = 1_000


def line(gateway: bytes = b"shop", *, second: int = 0) -> Line:
    return (
        gateway, b"stable", b"23/Nov/2026:12:00:%02d" % second, b"100", b"0", b"12", b"200",
        b"50", b"-",
    )  # fmt: skip


class Setting:
    """Time stands still at noon until `now` is moved."""

    def __init__(self, folder: Path) -> None:
        self.stand = Stand(folder)
        self.now = NOON_MS
        self.spooled = 0
        self.folder = folder / "spool"
        self.folder.mkdir()
        self.spool = Spool(self.folder, limit_bytes=1 << 24)
        self.losses = Losses(SettableClock(NOON))
        labels = {"shop:stable": RouteLabel("stable", "shop", "1.0")}
        self.book = RollupBook(RollupSource("one", "b00t", SPAN_MS), lambda: labels)
        listening = socket.create_server(("127.0.0.1", 0))
        self.log_port = listening.getsockname()[1]
        self.receiver = LogReceiver(listening, self.book.add, self.losses, lambda: self.now)
        self.receiver.start()
        self.telemetry = self.make(self.spool)

    def make(self, spool: Spool | None) -> Telemetry:
        return Telemetry(
            self.stand.haproxy,
            self.receiver,
            self.book,
            spool,
            self.losses,
            self.stand.faults,
            now_ms=lambda: self.now,
            span_ms=SPAN_MS,
            on_spooled=self._note,
        )

    def _note(self) -> None:
        self.spooled += 1

    def records(self) -> tuple[Record, ...]:
        batch = self.spool.read(1_000)
        return batch.records if batch else ()

    def counts(self) -> list[int]:
        return [record.count for record in self.records() if isinstance(record, Rollup)]

    def stop(self) -> None:
        self.receiver.stop()
        self.stand.stop()


@pytest.fixture
def setting(folder) -> Iterator[Setting]:
    found = Setting(folder)
    yield found
    found.stop()


def test_tick__nobody_can_log__closes_what_ended_and_says_how_far(setting):
    setting.book.add([line(), line(), line(second=1)])
    setting.now += 1_600

    setting.telemetry.tick()

    rollup, complete = setting.records()
    assert isinstance(rollup, Rollup)
    assert (rollup.count, rollup.start, rollup.version) == (2, NOON, "1.0")
    assert complete == Complete(datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC))
    assert setting.spooled == 1


def test_tick__nothing_new__spools_nothing_more(setting):
    setting.now += 1_600
    setting.telemetry.tick()

    setting.telemetry.tick()

    assert (len(setting.records()), setting.spooled) == (1, 1)


def test_stop__open_span__is_spooled_as_it_is(setting):
    setting.book.add([line()])
    setting.telemetry.start()

    setting.telemetry.stop()

    assert setting.counts() == [1]


def test_tick__without_a_spool__keeps_nothing(setting):
    telemetry = setting.make(None)
    setting.book.add([line()])
    setting.now += 1_600

    telemetry.tick()

    assert (setting.records(), setting.spooled) == ((), 0)


def test_tick__disk_takes_nothing__is_a_fault_and_all_is_spooled_later(setting):
    setting.book.add([line()])
    setting.now += 1_600
    shutil.rmtree(setting.folder)
    setting.telemetry.tick()
    said = setting.stand.messages()
    setting.folder.mkdir()

    setting.telemetry.tick()

    assert "cannot be written to disk" in said[""]
    assert setting.counts() == [1]
    assert (setting.stand.messages(), setting.losses.noted()) == ({}, (0, None))


def test_tick__disk_takes_nothing_for_long__gives_up_the_oldest_and_counts_them(
    setting, monkeypatch
):
    monkeypatch.setattr(module, "MOST_WAITING", 4)
    for number in range(6):
        setting.book.add([line(b"shop-%d" % number)] * 10)
    setting.now += 1_600
    shutil.rmtree(setting.folder)
    setting.telemetry.tick()
    setting.folder.mkdir()

    setting.telemetry.tick()

    assert setting.losses.noted() == (20, NOON)
    assert setting.counts() == [10] * 4


@pytest.mark.haproxy
def test_poll__workers_come_and_end__are_waited_for_only_while_they_live(setting):
    shop = gateway("shop", {"a": Endpoint("i-a", "127.0.0.1", 9001)})
    setting.stand.structure.apply(setting.stand.wanted(shop))
    setting.book.add([line()])
    setting.telemetry.poll()
    setting.now += 2_000
    setting.telemetry.tick()  # the worker's log is not connected: nothing is known to be complete
    while_alive = setting.records()
    setting.stand.haproxy.kill()
    setting.telemetry.poll()

    setting.telemetry.tick()

    assert setting.telemetry.last_answer_ms == NOON_MS
    assert while_alive == ()
    assert setting.counts() == [1]
    assert setting.records()[-1] == Complete(datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC))


@pytest.mark.haproxy
def test_tick__lines_are_awaited_too_long__numbers_are_shown_without_the_watermark(setting):
    setting.stand.structure.apply(setting.stand.wanted())
    setting.telemetry.poll()
    setting.book.add([line()])
    setting.now += 2 * SPAN_MS + LATEST_CLOSE_MS

    setting.telemetry.tick()

    assert setting.counts() == [1]
    assert len(setting.records()) == 1


@pytest.mark.haproxy
def test_before_stop_of__log_is_not_connected__marks_a_loss(setting):
    setting.stand.structure.apply(setting.stand.wanted())

    setting.telemetry.before_stop_of(setting.stand.haproxy.worker_pid())

    assert setting.losses.noted()[0] >= 1


@pytest.mark.haproxy
def test_before_stop_of__log_is_connected__follows_the_worker_until_it_is_taken_back(setting):
    stand = setting.stand
    stand.served.facts = replace(stand.served.facts, log_port=setting.log_port)
    stand.structure.apply(stand.wanted())
    worker = stand.haproxy.worker_pid()

    def is_connected() -> bool:
        setting.telemetry.poll()
        return setting.receiver.is_connected(worker)

    until(is_connected)

    setting.telemetry.before_stop_of(worker)
    followed = setting.receiver.is_followed(worker)
    setting.telemetry.after_failed_stop_of(worker)

    assert (followed, setting.receiver.is_followed(worker)) == (True, False)
    assert setting.losses.noted() == (0, None)
