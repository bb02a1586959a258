"""What a gateway's traffic was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.exceptions import ValidationError

from gateways.api.traffic import (
    DurationField,
    TrafficQuery,
    complete_until,
    figures,
    series_of,
    traffic_of,
)
from tenants.connections import metrics_for
from tests.factories import NOON, AgentFactory, gateway_with
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup, Traffic, Window

ADDRESS = "/api/v1/organisations/acme/environments/production/gateways/shop/traffic"
MINUTE = Window("shop", NOON, NOON + timedelta(minutes=1))


def rollup(route, second, count, errors=0):
    return Rollup(
        id=f"vga-1/b1/{second}/shop/{route}/0",
        agent="vga-1",
        gateway="shop",
        route=route,
        service="shop",
        version="1.0.0",
        start=NOON + timedelta(seconds=second),
        seconds=5.0,
        count=count,
        statuses=(0, count - errors, 0, 0, errors, 0),
        errors=errors,
        bytes_out=100 * count,
        latency_sum_ms=10.0 * count,
        latency_histogram=(0,) * 7 + (count,) + (0,) * (HISTOGRAM_SIZE - 8),
    )


def test_figures__no_request__are_null_and_not_nought():
    shown = figures(Traffic(), 60.0)

    assert (shown["count"], shown["rate"], shown["errors"]) == (0, 0.0, 0)
    assert shown["error_ratio"] is None
    assert shown["success_ratio"] is None
    assert set(shown["latency_ms"].values()) == {None}


def test_figures__some_requests__are_counts_ratios_and_latencies():
    traffic = Traffic(
        count=120,
        statuses=(0, 114, 0, 0, 6, 0),
        errors=6,
        bytes_out=12_000,
        latency_sum_ms=1_200.0,
        latency_histogram=(0,) * 7 + (120,) + (0,) * (HISTOGRAM_SIZE - 8),
    )

    shown = figures(traffic, 60.0)

    assert shown["rate"] == pytest.approx(2.0)
    assert shown["error_ratio"] == pytest.approx(0.05)
    assert shown["success_ratio"] == pytest.approx(0.95)
    assert shown["statuses"] == {"1xx": 0, "2xx": 114, "3xx": 0, "4xx": 0, "5xx": 6, "none": 0}
    assert shown["latency_ms"]["mean"] == pytest.approx(10.0)
    assert 8 < shown["latency_ms"]["p50"] < shown["latency_ms"]["p99"] <= 12


def test_traffic__two_routes__add_up_to_the_total(environment):
    metrics_for(environment).write(
        [rollup("stable", 0, 60), rollup("canary", 5, 40, errors=4), rollup("stable", 60, 999)]
    )

    body = traffic_of(environment, MINUTE, ["stable", "canary", "idle"])

    assert body["total"]["count"] == 100
    assert {name: shown["count"] for name, shown in body["routes"].items()} == {
        "stable": 60,
        "canary": 40,
        "idle": 0,
    }
    assert body["routes"]["canary"]["error_ratio"] == pytest.approx(0.1)
    assert (body["start"], body["end"]) == (MINUTE.start, MINUTE.end)


def test_series__steps_with_traffic__have_the_rate_of_their_step(environment):
    metrics_for(environment).write([rollup("stable", 0, 60), rollup("stable", 30, 30)])

    points = series_of(environment, MINUTE, timedelta(seconds=10))

    assert [(point["start"], point["route"], point["rate"]) for point in points] == [
        (NOON, "stable", pytest.approx(6.0)),
        (NOON + timedelta(seconds=30), "stable", pytest.approx(3.0)),
    ]


def test_complete_until__every_live_agent_told__is_the_earliest(environment, now):
    for number, age_s in ((1, 2), (2, 5)):
        AgentFactory.create(
            environment=environment,
            name=f"vga-{number}",
            reported_at=now,
            complete_until=now - timedelta(seconds=age_s),
        )
    AgentFactory.create(environment=environment, name="gone", complete_until=NOON)

    assert complete_until(environment) == now - timedelta(seconds=5)


def test_complete_until__one_has_not_told_yet__is_not_known(environment, now):
    AgentFactory.create(environment=environment, reported_at=now, complete_until=now)
    AgentFactory.create(environment=environment, name="vga-2", reported_at=now)

    assert complete_until(environment) is None


def test_complete_until__no_live_agent__is_not_known(environment):
    AgentFactory.create(environment=environment, complete_until=NOON)

    assert complete_until(environment) is None


@pytest.mark.parametrize(
    ("text", "duration"),
    [("1s", timedelta(seconds=1)), ("1m30s", timedelta(seconds=90)), ("7d", timedelta(days=7))],
)
def test_duration_field__within_bounds__is_read(text, duration):
    assert DurationField().run_validation(text) == duration


@pytest.mark.parametrize("text", ["", "ten", "500ms", "8d", "-1s"])
def test_duration_field__no_duration_or_out_of_bounds__is_refused(text):
    with pytest.raises(ValidationError):
        DurationField().run_validation(text)


@pytest.mark.parametrize(
    ("query", "faulty"),
    [
        ({"window": "1000s", "step": "1s"}, set()),
        ({"window": "1001s", "step": "1s"}, {"step"}),
        ({"step": "1s"}, set()),
        ({"until": "1999-12-31T23:59:59Z"}, {"until"}),
        ({"until": "0001-01-01T00:00:00Z", "window": "7d"}, {"until"}),
        ({"until": "yesterday"}, {"until"}),
    ],
)
def test_query__of_a_span__tells_what_is_wrong(query, faulty):
    form = TrafficQuery(data=query)

    form.is_valid()

    assert set(form.errors) == faulty


def test_get__end_before_any_traffic__is_refused(api, environment):
    gateway_with(environment, {"1.0.0": 10_000})

    answer = api.get(ADDRESS, {"until": "0001-01-01T00:00:00Z"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/until"


def test_get__without_step__has_no_series(api, environment):
    gateway_with(environment, {"1.0.0": 10_000})

    answer = api.get(ADDRESS)

    assert answer.status_code == 200
    assert "series" not in answer.json()
    assert set(answer.json()["routes"]) == {"shop-1.0.0"}
