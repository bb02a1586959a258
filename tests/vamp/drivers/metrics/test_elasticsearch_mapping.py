"""A rollup as a document: every field mapped, none left out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from tests.contracts.test_metrics import NOON, rollup
from vamp.drivers.metrics.elasticsearch_mapping import (
    LATENCY_FIELDS,
    ROLLUP,
    SUMMED,
    document,
    identity,
    older_than,
)
from vamp.ports.metrics import keyed, rollup_key


def test_document__a_rollup__has_exactly_the_fields_that_are_mapped():
    found = json.loads(document(rollup(1.000001, count=5, errors=2)))

    assert found.keys() == ROLLUP.properties.keys()
    assert found["start"] == "2026-03-01T12:00:01.000+00:00"
    assert found["start_us"] % 1_000_000 == 1
    assert (found["count"], found["status_2xx"], found["status_5xx"]) == (5, 3, 2)
    assert (found["latency_04"], found[LATENCY_FIELDS[-1]]) == (3, 2)


def test_template__counters__are_long_and_not_indexed():
    kinds = {ROLLUP.properties[name]["type"] for name in SUMMED if name != "latency_sum_ms"}

    assert kinds == {"long"}
    assert not any(ROLLUP.properties[name]["index"] for name in SUMMED)
    assert ROLLUP.dynamic == "strict"


def test_identity__ids_of_any_length__is_the_key_that_every_store_knows_them_by():
    found = [replace(rollup(1), id="é" * length + end) for length in (1, 256) for end in "ab"]

    assert [identity(each) for each in found] == [rollup_key(each.id) for each in found]
    assert len({identity(each) for each in found}) == 4


def test_identity__of_one_read_back__is_that_which_it_was_written_with():
    read_back = replace(rollup(1), id=keyed(identity(rollup(1))))

    assert identity(read_back) == identity(rollup(1))


def test_older_than__to_the_microsecond__compares_whole_numbers():
    before = older_than(NOON + timedelta(microseconds=7))["range"]["start_us"]["lt"]

    assert before == json.loads(document(rollup(0)))["start_us"] + 7
