"""Raw lines put aside and made into documents."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.lines import parse_lines
from gateways.agent.raw import Documents, LineBuffer
from gateways.agent.rollup import RollupBook, RollupSource
from gateways.haproxy.part import RouteLabel
from tests.gateways.agent.test_lines import HTTP, TCP
from vamp.drivers.lines.elasticsearch_mapping import TRAFFIC, request_of

LABELS = {"other:only": RouteLabel("only", "checkout", "2.0.0")}
ENDED_MS = 1_763_912_778_562 + 31_536_000_000  # 2026-11-23T15:46:18.562Z


def documents(share: float = 1.0) -> Documents:
    return Documents("one", "b00t", share, lambda: LABELS)


def test_documents__of_a_request__hold_its_place_and_haproxys_own_fields():
    ((at_ms, identity, text),) = documents(0.5).of([(7, HTTP)])
    found = json.loads(text)

    assert (at_ms, identity) == (ENDED_MS, b"one/b00t/7")
    assert {name: found[name] for name in [*found][:9]} == {
        "at": ENDED_MS,
        "took": 9,
        "agent": "one",
        "share": 0.5,
        "gateways": ["shop", "other"],
        "routes": ["stable", "only"],
        "passed": ["shop:stable", "other:only"],
        "service": "checkout",
        "version": "2.0.0",
    }
    assert json.loads(HTTP).items() <= found.items()
    assert TRAFFIC.properties.keys() >= {*found} - {*json.loads(HTTP)}


def test_documents__of_a_session__read_back_as_a_request():
    ((_, _, text),) = documents().of([(0, TCP)])

    found = request_of(json.loads(text))

    assert (found.gateways, found.routes, found.service) == (("db",), ("only",), "")
    assert (found.client, found.total_ms, found.ending) == ("::1", 12, "SC")


def test_documents__time_of_a_line__is_the_one_that_it_is_counted_at():
    lines, _ = parse_lines([HTTP, TCP])
    book = RollupBook(RollupSource("one", "b", 1), dict)

    counted = book.add(lines[:1])[0]
    (rollup,) = [r for r in book.close(1 << 60) if r.gateway == "shop"]
    (line,) = documents().of([(0, HTTP)])

    assert line.at_ms == counted == int(rollup.start.timestamp() * 1000)
    assert json.loads(line.document)["took"] == rollup.latency_sum_ms


@pytest.mark.parametrize(
    "message",
    [
        b"Server shop/i-1 is DOWN.",
        b'{"gw":["shop"],"rt',
        HTTP.replace(b"23/Nov/2026:15", b"99/Nov/2026:15"),
        HTTP.replace(b'"hr":""', b'"hr":"a\n{"delete":{"_id":"1"}}"'),
    ],
)
def test_documents__what_is_no_line__is_left_out_and_the_numbers_stay(message):
    found = documents().of([(1, HTTP), (2, message), (3, TCP)])

    assert [line.identity for line in found] == [b"one/b00t/1", b"one/b00t/3"]


def test_documents__unknown_host__went_nowhere():
    line = HTTP.replace(b'"gw":["shop","other"],"rt":["stable","only"]', b'"gw":[""],"rt":[""]')

    found = json.loads(documents().of([(1, line)])[0].document)

    assert (found["gateways"], found["routes"], found["passed"]) == ([], [], [])


def test_buffer__more_than_fits__gives_up_the_oldest_and_counts_them():
    buffer = LineBuffer(share=1, limit_bytes=30)

    for number in range(5):
        buffer.add([b"%d" % number * 10])

    assert [number for number, _ in buffer.take(10)] == [2, 3, 4]
    assert buffer.dropped == 2
    assert buffer.size_bytes == 0


def test_buffer__one_read_larger_than_it__is_kept():
    buffer = LineBuffer(share=1, limit_bytes=3)

    buffer.add([b"x" * 10])

    assert len(buffer.take(10)) == 1
    assert buffer.dropped == 0


def test_buffer__taken_in_parts__tells_when_it_is_empty():
    buffer = LineBuffer(share=1, limit_bytes=100)
    buffer.add([b"a", b"b"])
    buffer.add([b"c"])

    assert buffer.has(3)
    assert len(buffer.take(1)) == 2
    assert buffer.wait(0)
    assert not buffer.has(2)
    assert len(buffer.take(1)) == 1
    assert not buffer.wait(0)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.lists(st.integers(0, 500), min_size=5, max_size=20))
def test_buffer__sample__is_the_same_however_lines_come_and_of_that_size(share, reads):
    total = sum(reads)
    at_once, in_parts = (LineBuffer(share=share, limit_bytes=1 << 30) for _ in range(2))

    at_once.add([b"x"] * total)
    for count in reads:
        in_parts.add([b"x"] * count)

    found = at_once.take(1 << 30)
    assert found == in_parts.take(1 << 30)
    assert abs(len(found) - share * total) <= 3 + total * 0.01
    assert at_once.dropped == 0
