"""Fixtures of the agent's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateways.agent.rig import Api, Rig, short_folder
from tests.gateways.agent.stand import Stand
from tests.gateways.haproxy.live import Services


@pytest.fixture
def folder():
    with short_folder() as found:
        yield found


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    found = Services("blue", "green")
    yield found
    found.stop()


@pytest.fixture
def agent_api() -> Iterator[Api]:
    found = Api()
    yield found
    found.stop()


@pytest.fixture
def rig(folder, agent_api) -> Iterator[Rig]:
    found = Rig(folder, api=agent_api)
    yield found
    found.stop()


@pytest.fixture
def stand(folder) -> Iterator[Stand]:
    found = Stand(folder)
    yield found
    found.stop()
