"""Whether raw lines are kept at all."""

from __future__ import annotations

import pytest

from gateways.agent.agent import SystemClock
from gateways.agent.faults import Faults
from gateways.agent.keeping import line_keeping
from tests.gateways.agent.rig import settings_for
from tests.gateways.agent.test_lines import HTTP
from tests.gateways.agent.test_ship_lines import Lines


@pytest.mark.parametrize(("store", "sample"), [(None, "1"), (Lines(), "0")])
def test_line_keeping__no_store_or_no_share__is_none(tmp_path, store, sample):
    told = settings_for(tmp_path, lines_sample=sample)

    assert line_keeping(told, "b", store, dict, Faults(SystemClock())) is None


def test_line_keeping__a_store__gets_the_share_that_is_set(tmp_path):
    store = Lines()
    told = settings_for(tmp_path, lines_sample="0.25")
    found = line_keeping(told, "b00t", store, dict, Faults(SystemClock()))
    assert found is not None

    found.buffer.add([HTTP] * 400)
    found.shipper.drain()

    assert abs(len(store.stored) - 100) <= 4
    assert all(b'"share":0.25' in document for document in store.stored.values())
