"""Raw lines as documents, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vamp.drivers.lines.elasticsearch_mapping import (
    ALIASES,
    TRAFFIC,
    milliseconds,
    query_of,
    request_of,
)
from vamp.ports.lines import LineFilter

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WANTED = LineFilter("shop", NOON, NOON + timedelta(minutes=1))


def test_template__aliases__lead_to_fields_that_are_mapped():
    for alias, path in ALIASES.items():
        assert TRAFFIC.properties[alias] == {"type": "alias", "path": path}
        assert TRAFFIC.properties[path]["type"] != "alias"


@pytest.mark.parametrize(("microseconds", "added"), [(0, 0), (1, 1), (999, 1), (1000, 1)])
def test_milliseconds__between_two__is_the_later(microseconds, added):
    moment = NOON + timedelta(microseconds=microseconds)

    assert milliseconds(moment) == int(NOON.timestamp()) * 1000 + added


def test_query_of__route_and_status__narrow_it():
    whole = query_of(WANTED)["bool"]["filter"]
    narrow = query_of(LineFilter("shop", NOON, WANTED.end, route="canary", lowest_status=500))[
        "bool"
    ]["filter"]

    assert whole[0] == {"term": {"gateways": "shop"}}
    assert len(whole) == 2
    assert narrow[0] == {"term": {"passed": "shop:canary"}}
    assert narrow[2] == {"range": {"ST": {"gte": 500}}}


def test_request_of__a_tcp_session__reads_what_there_is():
    found = request_of(
        {"at": 1_772_366_400_000, "gateways": ["db"], "s": "<NOSRV>", "B": 9, "ts": "SC", "Tw": -1}
    )

    assert found.at == NOON
    assert (found.method, found.path, found.protocol, found.status) == ("", "", "", 0)
    assert (found.instance, found.bytes_out, found.ending) == ("", 9, "SC")
    assert (found.wait_ms, found.total_ms, found.share) == (-1, -1, 1.0)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("GET /a?b=1 HTTP/1.1", ("GET", "/a?b=1", "HTTP/1.1")),
        ("GET /a b HTTP/1.1", ("GET", "/a b", "HTTP/1.1")),
        ("<BADREQ>", ("<BADREQ>", "", "")),
    ],
)
def test_request_of__request_line__is_parted(text, parts):
    found = request_of({"at": 0, "r": text})

    assert (found.method, found.path, found.protocol) == parts
