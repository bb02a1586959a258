from __future__ import annotations

import json
import urllib.request
from argparse import ArgumentParser

import pytest
from prometheus_client import REGISTRY

from tests.conftest import DATABASES
from vamp.dependencies import Dependency
from vamp.processes import probes
from vamp.processes.liveness import Loops
from vamp.processes.readiness import announced
from vamp.processes.stopping import stop


@pytest.fixture
def no_collectors(settings):
    settings.COLLECTORS = {}


def well():
    return None


def away():
    raise ConnectionError


def told(page):
    return page.status, json.loads(page.body)


def test_healthz__every_loop_beats__is_ok():
    loops = Loops(lambda: 100.0)
    loops.begin("relay", within_s=1)

    assert told(probes.healthz(loops)) == (200, {"status": "ok", "loops_s": {"relay": 0.0}})


def test_healthz__a_loop_is_silent__is_503_with_its_name():
    now = [100.0]
    loops = Loops(lambda: now[0])
    loops.begin("relay", within_s=1)
    now[0] = 130.0

    assert told(probes.healthz(loops)) == (503, {"status": "stuck", "silent_s": {"relay": 30.0}})


@pytest.mark.parametrize(
    ("ask", "has_begun", "is_ending", "status", "word"),
    [
        (well, True, False, 200, "ok"),
        (well, False, False, 503, "starting"),
        (well, True, True, 503, "ending"),
        (away, True, False, 503, "waiting"),
        (away, False, True, 503, "waiting"),
    ],
)
def test_readyz__by_what_is_needed__says_which_answers(ask, has_begun, is_ending, status, word):
    needed = [Dependency("broker", ask)]
    page = probes.readyz(needed, has_begun=has_begun, is_ending=is_ending)

    answer = "ConnectionError" if ask is away else "ok"
    assert told(page) == (status, {"status": word, "dependencies": {"broker": answer}})


def test_answering__no_port__opens_nothing_and_notes_nothing(settings, tmp_path):
    settings.STATE_DIR = tmp_path

    with probes.answering("worker", address="127.0.0.1", port=0) as server:
        assert server is None

    assert not list(tmp_path.iterdir())


@pytest.mark.django_db(databases=DATABASES)
def test_answering__a_port__serves_the_three_pages_where_the_state_folder_says(
    no_collectors, free_port, monkeypatch
):
    monkeypatch.setattr(announced, "is_set", lambda: True)
    with probes.answering("sync", address="127.0.0.1", port=free_port):
        address = probes.place_of("sync").read_text()
        answers = {
            page: urllib.request.urlopen(f"http://{address}/{page}").read()
            for page in ("healthz", "readyz", "metrics")
        }

    assert address == f"127.0.0.1:{free_port}"
    assert json.loads(answers["readyz"])["dependencies"] == {
        "database default": "ok",
        "database dedicated": "ok",
    }
    assert b"# TYPE vamp_tasks_total counter" in answers["metrics"]
    assert not probes.place_of("sync").exists()


@pytest.fixture
def free_port():
    from gateways.management.booting import free_ports

    return free_ports(agents=0)[1]


@pytest.mark.django_db(databases=DATABASES)
def test_answering__another_of_the_kind_came_later__its_address_stays(no_collectors, free_port):
    with probes.answering("sync", address="127.0.0.1", port=free_port):
        probes.place_of("sync").write_text("127.0.0.1:1")

    assert probes.place_of("sync").read_text() == "127.0.0.1:1"


@pytest.mark.django_db(databases=DATABASES)
def test_answering__process_has_collectors__are_read_when_prometheus_asks(settings, free_port):
    settings.COLLECTORS = {"sync": ["vamp.stream_lag.StreamLag"]}
    before = set(REGISTRY._collector_to_names)
    try:
        with probes.answering("sync", address="127.0.0.1", port=free_port) as server:
            page = urllib.request.urlopen(f"http://{server.address}/metrics").read().decode()
    finally:
        for collector in set(REGISTRY._collector_to_names) - before:
            REGISTRY.unregister(collector)

    assert 'vamp_events_unrelayed{database="default"} 0.0' in page


def test_add_arguments__nothing_given__is_what_the_settings_say():
    parser = ArgumentParser()
    probes.add_arguments(parser)

    given = parser.parse_args(["--health-port", "26001"])
    nothing = parser.parse_args([])

    assert (nothing.health_port, nothing.health_address) == (0, "127.0.0.1")
    assert given.health_port == 26001
    assert not stop.is_set()
