"""An event stream of each driver, for its contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.stream_places import DRIVERS, Place
from vamp.ports.events import EventStream


@pytest.fixture(params=DRIVERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with request.param(tmp_path) as place:
        yield place


@pytest.fixture
def stream(place: Place) -> EventStream:
    return place.open()
