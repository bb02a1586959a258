from __future__ import annotations

import io
from unittest.mock import Mock, create_autospec

from rich.console import Console

from tests.vamp.demo.standin import URL, standing_in
from vamp.demo import judgement, scenario
from vamp.demo.client import VampApi
from vamp.demo.run import run
from vamp.demo.scenario import Scenario
from vamp.demo.workloads import LocalWorkloads


def played(folder, agents):
    out = io.StringIO()
    status = run(
        api_url=URL,
        token="secret",
        organisation="acme",
        environment="production",
        agents=agents,
        workloads=LocalWorkloads(folder),
        console=Console(file=out, width=80),
    )
    return status, out.getvalue()


def test_run__all_of_it_happens__passes_and_tells_the_story(tmp_path, monkeypatch):
    monkeypatch.setattr(judgement, "LEAST_RATE", 20.0)  # tests share the machine with others
    with standing_in(tmp_path) as (stand_in, agents):
        status, text = played(tmp_path, agents)

    lines = text.splitlines()
    assert (lines[-1], status) == ("PASS", 0), text
    assert stand_in.versions() == ["1.0.0", "1.1.0", "1.2.0"]
    story = [
        "started shop 1.0.0, 2 instances",
        "traffic begins",
        "started shop 1.1.0; nobody asks for its release",
        "release 1, running: running 3",
        "release 1, succeeded: succeeded 3",
        "which fails 20% of its requests",
        "tenth 10 %: errors 20 %, baseline 2 %: fail",
        "release 2, rolling back: rolling_back 1",
        "release 2, rolled back: rolled_back 1",
        "Measured",
    ]
    places = [text.index(words) for words in story]
    assert places == sorted(places)
    assert text.count("release 1, running: running 1") == 1


def test_run__no_release_begins__says_what_it_waited_for_and_what_it_saw(tmp_path, monkeypatch):
    monkeypatch.setattr(scenario, "START_LIMIT_S", 0.5)

    with standing_in(tmp_path, releases=False) as (_, agents):
        status, text = played(tmp_path, agents)

    assert status == 1
    last = text.splitlines()[-1]
    assert last.startswith("FAIL: waited 0.5 s for a release of shop 1.1.0; seen: releases of ")
    assert "shop-1.0.0 0 %" in last


def test_set_up__other_versions_run_already__all_traffic_goes_to_the_first(tmp_path):
    api = create_autospec(VampApi, instance=True, organisation="acme", environment="production")
    api.ready_instances.return_value = {"1.0.0": 2, "1.1.0": 2}
    api.gateway.return_value = Mock(
        routes=[Mock(version=each) for each in ("1.0.0", "1.1.0")], is_live=True, agents=1
    )
    for route in api.gateway.return_value.routes:
        route.name = f"shop-{route.version}"

    Scenario(api, Mock(), [("127.0.0.2", 80)], LocalWorkloads(tmp_path)).set_up()

    api.set_weights.assert_called_once_with("shop", {"shop-1.0.0": 10_000, "shop-1.1.0": 0})
