"""The whole agent with a real HAProxy and a real Elasticsearch, through an outage of the latter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateways.agent.agent import SystemClock
from tests.gateways.agent.callers import Callers
from tests.gateways.agent.rig import PLACE, Api, Rig, short_folder, until
from tests.gateways.haproxy.builders import gateway
from tests.gateways.haproxy.live import Services
from tests.vamp.drivers.elasticsearch.scripted import Answer, Request, Scripted, forward
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.ports.errors import PortUnavailable
from vamp.ports.lines import LineFilter
from vamp.ports.metrics import Window
from vamp.wiring import lines_from_url, metrics_from_url

pytestmark = [pytest.mark.stack, pytest.mark.haproxy]

OURS = {"organisation": PLACE[0], "environment": PLACE[1]}


class Road:
    """The way to the server: open, or cut for writes, just after the server has stored what came."""

    def __init__(self, address: str) -> None:
        self.is_cut = False
        self.cuts = threading.Semaphore(0)
        self._address = address
        self.proxy = Scripted(self._say)

    def _say(self, request: Request) -> Answer:
        found = forward(self._address, request)
        if not self.is_cut or "_bulk" not in request.path:
            return found
        self.cuts.release()
        return Answer(is_cut=True)


class Setting:
    def __init__(self, folder, space: Space, api: Api) -> None:
        self.space = space
        self.api = api
        self.road = Road(space.address)
        url = space.url_at(self.road.proxy.address)
        self.rig = Rig(folder, api=api, metrics_url=url)
        self.rig.metrics = metrics_from_url(url, database="", **OURS)
        self.rig.lines = lines_from_url(url, **OURS)
        now = SystemClock().now()
        self.begun, self.ended = now - timedelta(minutes=1), now + timedelta(minutes=9)

    def counted(self) -> int:
        window = Window("shop", self.begun, self.ended)
        return self.space.metrics(*PLACE).traffic([window])[0].count

    def has_counted(self) -> bool:
        """Tell whether something is stored. An index that is being made cannot be asked yet."""
        try:
            return self.counted() > 0
        except PortUnavailable:
            return False

    def logged(self):
        lines = lines_from_url(self.space.url, **OURS)
        assert lines is not None
        return lines.latest(LineFilter("shop", self.begun, self.ended), limit=1000)


@pytest.fixture
def setting(agent_api: Api) -> Iterator[Setting]:
    with Space.of_its_own() as space, short_folder() as folder:
        found = Setting(folder, space, agent_api)
        yield found
        found.rig.stop()
        found.road.proxy.stop()


@pytest.fixture
def shop(services: Services):
    return gateway("shop", {name: services.endpoint(name) for name in ("blue", "green")})


def test_agent__elasticsearch_goes_away_mid_bulk_and_returns__loses_nothing_and_counts_nothing_twice(
    setting, shop
):
    setting.rig.start(shop)

    with Callers(4, setting.rig.port, "shop.test") as callers:
        until(setting.has_counted, setting.rig.describe)
        setting.road.is_cut = True
        for _ in range(6):
            assert setting.road.cuts.acquire(timeout=20)
        until(lambda: setting.rig.agent.faults.present())
        held_at = setting.rig.agent.status().complete_until
        setting.road.is_cut = False
        until(lambda: setting.rig.agent.status().complete_until > held_at, timeout_s=30)
        until(lambda: not setting.rig.agent.faults.present(), timeout_s=30)
    asked = sum(callers.answers.values())
    setting.rig.stop()

    assert callers.failures == []
    assert setting.counted() == asked
    assert len(setting.logged()) == min(asked, 1000)
    assert setting.api.rollups == {}
    assert setting.api.reports[-1]["dropped"] == 0


def test_agent__watermark_that_the_api_was_told__lies_behind_what_is_stored(setting, shop):
    setting.rig.start(shop)

    for _ in range(10):
        setting.rig.get("shop.test")
    done = SystemClock().now()
    until(lambda: _told(setting.api) > done, setting.rig.describe, timeout_s=20)

    assert setting.counted() == 10


def test_agent__a_request__is_there_as_a_line_with_what_served_it(setting, shop):
    setting.rig.start(shop)

    setting.rig.get("shop.test", "/orders?id=7")
    setting.rig.stop()

    (found,) = setting.logged()
    assert (found.method, found.path, found.status) == ("GET", "/orders?id=7", 200)
    assert found.gateways == ("shop",)
    assert found.routes[0] in {"blue", "green"}
    assert (found.agent, found.client) == ("one", "127.0.0.1")
    assert abs(found.at - SystemClock().now()) < timedelta(minutes=5)


def _told(api: Api) -> datetime:
    """Return the last watermark that was reported."""
    texts = [report["complete_until"] for report in api.reports if report["complete_until"]]
    return datetime.fromisoformat(texts[-1]) if texts else datetime.min.replace(tzinfo=UTC)
