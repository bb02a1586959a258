"""What is asked: constant in size for a sum, within Elasticsearch's limits for many."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.contracts.test_metrics import NOON, window
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.metrics.elasticsearch_questions import (
    MOST_SEARCHES,
    STEPS_A_SEARCH,
    WINDOWS_A_SEARCH,
    series_answers,
    series_questions,
    traffic_answers,
    traffic_questions,
)
from vamp.ports.metrics import Traffic

FAMILY = IndexFamily("vamp", "acme", "production", "rollup")


def test_traffic_questions__many_windows__come_in_parts_with_their_neighbours():
    windows = [window(gateway=f"g{n % 30}", route=f"r{n}") for n in range(WINDOWS_A_SEARCH * 2 + 1)]

    found = list(traffic_questions(FAMILY, windows))

    assert [len(part) for part, _ in found] == [WINDOWS_A_SEARCH, WINDOWS_A_SEARCH, 1]
    assert sorted(w.route for part, _ in found for w in part) == sorted(w.route for w in windows)
    assert all(len({w.gateway for w in part}) <= 20 for part, _ in found)


def test_traffic_questions__any__hold_no_script():
    asked = next(iter(traffic_questions(FAMILY, [window()])))[1]
    charted = next(iter(series_questions(FAMILY, window(), step_us=1_000_000)))

    for question in (asked, charted):
        text = json.dumps([*question.lines()])
        assert "script" not in text
        assert '"allow_partial_search_results": false' in text


def test_traffic_answers__no_index_or_no_document__is_nothing_or_no_traffic():
    nothing = {"status": 200}
    empty = {"aggregations": {"windows": {"buckets": [{"doc_count": 0}]}}}

    assert list(traffic_answers(nothing)) == []
    assert list(traffic_answers(empty)) == [Traffic()]
    assert list(series_answers(nothing)) == []


def test_series_questions__many_steps__are_parted_without_gap_or_overlap():
    step_us = 1_000
    asked = window(0, 1.0005)

    found = list(series_questions(FAMILY, asked, step_us=step_us))

    spans = [q.body["query"]["bool"]["filter"][1]["range"]["start_us"] for q in found]
    assert len(found) == 3
    assert [s["lt"] for s in spans[:-1]] == [s["gte"] for s in spans[1:]]
    assert spans[-1]["lt"] - spans[0]["gte"] == 1_000_500
    assert all(s["lt"] - s["gte"] <= STEPS_A_SEARCH * step_us for s in spans)


def test_series_questions__more_steps_than_sense__are_still_few():
    found = list(series_questions(FAMILY, window(0, 3600), step_us=1))

    assert len(found) == MOST_SEARCHES


def test_series_questions__window_over_midnight__asks_only_days_that_it_needs():
    start = NOON.replace(hour=23, minute=59)
    asked = window()
    asked = type(asked)(asked.gateway, start, start + timedelta(minutes=30))

    found = list(series_questions(FAMILY, asked, step_us=1_000_000))

    assert found[0].indices.count(",") == 1
    assert found[-1].indices == "vamp-acme-production-rollup-2026.03.02"
