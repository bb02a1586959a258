"""A state folder and a small component, ended with the test whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from deploy.stack.ports import Ports
from deploy.stack.running import Runner
from deploy.stack.state import State
from tests.deploy.stack.echoing import Echo


@pytest.fixture
def state(tmp_path) -> State:
    return State(tmp_path)


@pytest.fixture
def echo(state) -> Iterator[Echo]:
    component = Echo("echo", Ports(state).of("echo"), state.folder)
    yield component
    Runner(state).stop(component, sign=signal.SIGKILL)
