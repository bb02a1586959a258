from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vamp.drivers.scheduler.kubernetes.scripted import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    opened = ScriptedServer()
    yield opened
    opened.close()
