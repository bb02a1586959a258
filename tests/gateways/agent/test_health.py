"""The pages for probes and for Prometheus."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateways.agent.faults import AgentFault
from gateways.agent.health import HealthServer, Vitals, health_json
from gateways.agent.report import Status
from vamp.drivers.observed import observed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUS = Status(
    applied={"shop": 3, "other": 1},
    complete_until=NOON,
    dropped=2,
    dropped_at=NOON,
    faults=(AgentFault("shop", "It is refused", NOON),),
    reloads=4,
)
SERVING = Vitals(
    is_serving=True,
    status=STATUS,
    lines=1_000,
    spool_bytes=512,
    spool_dropped=5,
    old_workers=1,
    lag_s=0.5,
    lines_shipped=900,
    lines_given_up=70,
    lines_refused=30,
    lines_bytes=4096,
)


class Setting:
    def __init__(self) -> None:
        self.vitals = SERVING
        self.server = HealthServer(0, lambda: self.vitals)
        self.server.start()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def setting() -> Iterator[Setting]:
    found = Setting()
    yield found
    found.server.stop()


def test_readyz__haproxy_does_not_answer__is_503_and_health_is_not(setting):
    ready = setting.get("/readyz")[0]
    setting.vitals = replace(SERVING, is_serving=False)

    assert (ready, setting.get("/readyz")[0], setting.get("/health")[0]) == (200, 503, 200)
    assert json.loads(setting.get("/health")[1])["status"] == "down"


def test_readyz__haproxy_answers__says_everything_with_the_words_of_other_processes(setting):
    found = json.loads(setting.get("/readyz")[1])

    assert (found["status"], found["dependencies"]) == ("ok", {"haproxy": "ok"})
    assert found["gateways"] == {"shop": 3, "other": 1}
    setting.vitals = replace(SERVING, is_serving=False)
    found = json.loads(setting.get("/readyz")[1])
    assert (found["status"], found["dependencies"]) == ("waiting", {"haproxy": "silent"})


def test_healthz__haproxy_does_not_answer__is_ok_until_a_loop_of_ours_is_silent(setting):
    setting.vitals = replace(SERVING, is_serving=False)
    assert setting.get("/healthz") == (200, '{"status": "ok"}')

    setting.vitals = replace(SERVING, silent={"control": 130.04})

    status, text = setting.get("/healthz")
    assert (status, json.loads(text)) == (503, {"status": "stuck", "silent_s": {"control": 130.0}})


def test_metrics__vitals__are_all_there(setting):
    status, text = setting.get("/metrics")

    lines = [line.split() for line in text.splitlines()]
    found = {line[0]: line[1] for line in lines if line[0].startswith("vamp_agent_")}
    assert status == 200
    assert found == {
        "vamp_agent_serving": "1.0",
        "vamp_agent_gateways": "2.0",
        "vamp_agent_faults": "1.0",
        "vamp_agent_old_workers": "1.0",
        "vamp_agent_spool_bytes": "512.0",
        "vamp_agent_watermark_lag_seconds": "0.5",
        "vamp_agent_reloads_total": "4.0",
        "vamp_agent_lines_total": "1000.0",
        "vamp_agent_lines_dropped_total": "2.0",
        "vamp_agent_rollups_dropped_total": "5.0",
        "vamp_agent_raw_lines_shipped_total": "900.0",
        "vamp_agent_raw_lines_dropped_total": "70.0",
        "vamp_agent_raw_lines_refused_total": "30.0",
        "vamp_agent_raw_lines_bytes": "4096.0",
    }


@pytest.mark.parametrize(
    ("driver", "operation"),
    [("vault", "get"), ("elasticsearch", "write_rollups"), ("elasticsearch", "write_lines")],
)
def test_metrics__of_drivers__are_there_too(setting, driver, operation):
    with observed(driver, operation):
        pass

    text = setting.get("/metrics")[1]

    labels = f'driver="{driver}",operation="{operation}"'
    assert f'vamp_driver_calls_total{{{labels},outcome="ok"}}' in text
    assert f"vamp_driver_seconds_count{{{labels}}}" in text


def test_page__unknown__is_404_and_says_which_there_are(setting):
    status, text = setting.get("/elsewhere")

    assert status == 404
    assert "/readyz" in text


def test_server__port_is_taken__is_an_os_error(setting):
    with pytest.raises(OSError, match="in use"):
        HealthServer(setting.server.port, lambda: SERVING)


def test_health_json__vitals__are_told_as_they_are():
    assert health_json(SERVING) == {
        "status": "serving",
        "gateways": {"shop": 3, "other": 1},
        "complete_until": "2026-11-23T12:00:00+00:00",
        "dropped_lines": 2,
        "reloads": 4,
        "spool_bytes": 512,
        "faults": [
            {"gateway": "shop", "message": "It is refused", "since": "2026-11-23T12:00:00+00:00"}
        ],
    }


def test_health_json__no_watermark_yet__is_null():
    found = health_json(replace(SERVING, status=replace(STATUS, complete_until=None)))

    assert found["complete_until"] is None
