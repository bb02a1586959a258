"""Delivery through outages and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.agent.agent import SystemClock
from gateways.agent.api import AgentApi
from gateways.agent.faults import Faults
from gateways.agent.losses import Losses
from gateways.agent.ship import BATCH_ROLLUPS, ApiRollups, Shipper
from gateways.agent.spool import Complete, Spool
from tests.gateways.agent.rig import PLACE, Api
from tests.gateways.agent.test_spool import START, rollup
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.metrics import RollupsRefused


class Setting:
    def __init__(self, folder, agent_api: Api) -> None:
        self.spool = Spool(folder, limit_bytes=1 << 24)
        self.losses = Losses(SystemClock())
        self.client = AgentApi(
            agent_api.url, "token", organisation=PLACE[0], environment=PLACE[1], agent="one"
        )
        self.shipper = Shipper(
            self.spool, ApiRollups(self.client), Faults(SystemClock()), self.losses
        )


@pytest.fixture
def setting(tmp_path, agent_api):
    found = Setting(tmp_path, agent_api)
    yield found
    found.client.close()


def test_drain__more_than_one_batch__delivers_all_and_knows_how_far(setting, agent_api):
    setting.spool.append([rollup(number) for number in range(BATCH_ROLLUPS + 50)])
    setting.spool.append([Complete(START + timedelta(hours=1))])

    setting.shipper.drain()

    assert len(agent_api.rollups) == setting.shipper.shipped == BATCH_ROLLUPS + 50
    assert setting.shipper.complete_until == START + timedelta(hours=1)
    assert setting.spool.size_bytes == 0


def test_drain__api_is_away__keeps_everything(setting, agent_api):
    setting.spool.append([rollup(1), Complete(START)])
    agent_api.is_down = True

    with pytest.raises(PortUnavailable):
        setting.shipper.drain()
    assert setting.shipper.complete_until is None
    agent_api.is_down = False
    setting.shipper.drain()

    assert set(agent_api.rollups) == {rollup(1).id}
    assert setting.losses.noted() == (0, None)


def test_drain__connection_was_closed_meanwhile__opens_another(setting, agent_api):
    setting.spool.append([rollup(1)])
    setting.shipper.drain()
    assert setting.client._connection is not None
    setting.client._connection.sock.close()

    setting.spool.append([rollup(2)])
    setting.shipper.drain()

    assert len(agent_api.rollups) == 2


def test_drain__api_refuses_for_good__goes_on_and_marks_the_loss(setting, agent_api, monkeypatch):
    monkeypatch.setattr(agent_api, "take", lambda path, body: (422, b"no"))
    setting.spool.append([rollup(3), rollup(4)])

    setting.shipper.drain()

    assert setting.losses.noted()[0] == 7
    assert setting.spool.read(1) is None


class Sink:
    """A metrics store that raises what it is told, once."""

    def __init__(self, error: Exception) -> None:
        self.errors = [error]
        self.written: list[str] = []

    def write(self, rollups) -> None:
        if self.errors:
            raise self.errors.pop()
        self.written += [each.id for each in rollups]


def test_drain__store_refuses_some__only_those_are_lost(setting):
    sink = Sink(RollupsRefused({rollup(3).id: "no such field"}))
    shipper = Shipper(setting.spool, sink, Faults(SystemClock()), setting.losses)
    setting.spool.append([rollup(3), rollup(4), Complete(START)])

    shipper.drain()

    assert setting.losses.noted()[0] == rollup(3).count
    assert shipper.shipped == 1
    assert shipper.complete_until == START


def test_drain__store_refuses_the_credentials__keeps_everything_until_it_is_mended(setting):
    sink = Sink(PortRefused("the password is wrong"))
    shipper = Shipper(setting.spool, sink, Faults(SystemClock()), setting.losses)
    setting.spool.append([rollup(1), Complete(START)])

    with pytest.raises(PortRefused):
        shipper.drain()
    assert shipper.complete_until is None
    shipper.drain()

    assert sink.written == [rollup(1).id]
    assert setting.losses.noted() == (0, None)
