"""Delivery through outages and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.agent.agent import SystemClock
from gateways.agent.api import AgentApi
from gateways.agent.faults import Faults
from gateways.agent.losses import Losses
from gateways.agent.ship import BATCH_ROLLUPS, Shipper
from gateways.agent.spool import Complete, Spool
from tests.gateways.agent.rig import PLACE, Api
from tests.gateways.agent.test_spool import START, rollup
from vamp.ports.errors import PortUnavailable


class Setting:
    def __init__(self, folder, agent_api: Api) -> None:
        self.spool = Spool(folder, limit_bytes=1 << 24)
        self.losses = Losses(SystemClock())
        self.client = AgentApi(
            agent_api.url, "token", organisation=PLACE[0], environment=PLACE[1], agent="one"
        )
        self.shipper = Shipper(self.spool, self.client, Faults(SystemClock()), self.losses)


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
