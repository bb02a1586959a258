"""The spool: nothing is lost over a restart, and a full one gives up its oldest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent import spool as module
from gateways.agent.spool import Complete, Record, Spool
from tests.gateways.agent.rig import short_folder
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def rollup(number: int) -> Rollup:
    return Rollup(
        id=f"one/b/{number}", agent="one", gateway="shop", route="stable", service="shop",
        version="1.0.0", start=START + timedelta(seconds=number), seconds=1.0, count=number,
        statuses=(0, number, 0, 0, 0, 0), errors=0, bytes_out=5, latency_sum_ms=2.5,
        latency_histogram=(number,) + (0,) * (HISTOGRAM_SIZE - 1),
    )  # fmt: skip


def emptied(spool: Spool, limit: int = 3) -> list[Record]:
    found: list[Record] = []
    while batch := spool.read(limit):
        found += batch.records
        spool.acknowledge(batch)
    return found


def test_spool__records__come_back_as_they_were(tmp_path):
    spool = Spool(tmp_path, limit_bytes=1 << 20)
    records = [rollup(1), Complete(START), rollup(2)]

    spool.append(records)

    assert emptied(spool) == records
    assert spool.size_bytes == 0


def test_spool__agent_ends_before_the_answer__delivers_again(tmp_path):
    spool = Spool(tmp_path, limit_bytes=1 << 20)
    spool.append([rollup(1), rollup(2)])
    read = spool.read(10)

    again = Spool(tmp_path, limit_bytes=1 << 20)
    again.append([rollup(3)])

    assert read is not None
    assert emptied(again) == [rollup(1), rollup(2), rollup(3)]


def test_spool__torn_last_line__is_left_out(tmp_path):
    spool = Spool(tmp_path, limit_bytes=1 << 20)
    spool.append([rollup(1), rollup(2)])
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-20])

    again = Spool(tmp_path, limit_bytes=1 << 20)
    again.append([rollup(3)])

    assert emptied(again) == [rollup(1), rollup(3)]


def test_spool__full__gives_up_the_oldest_and_counts_them(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1)
    spool = Spool(tmp_path, limit_bytes=2_000)

    for number in range(20):
        spool.append([rollup(number)])
    left = emptied(spool)

    assert spool.dropped + len(left) == 20
    assert left == [rollup(number) for number in range(20 - len(left), 20)]
    assert len(left) > 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["append", "read", "restart"]), max_size=30))
def test_spool__any_order_of_use__loses_nothing_and_keeps_the_order(steps):
    with short_folder() as folder:
        spool, sent, got = Spool(folder, limit_bytes=1 << 20), 0, list[int]()
        for step in steps:
            if step == "append":
                spool.append([rollup(sent), rollup(sent + 1)])
                sent += 2
            elif step == "restart":
                spool = Spool(folder, limit_bytes=1 << 20)
            elif batch := spool.read(3):
                got += [record.count for record in batch.records]
                spool.acknowledge(batch)
        got += [record.count for record in emptied(spool)]

        assert sorted(set(got)) == list(range(sent))
        assert list(dict.fromkeys(got)) == list(range(sent))
