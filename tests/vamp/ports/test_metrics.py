from __future__ import annotations

from vamp.ports.errors import PortRefused
from vamp.ports.metrics import RollupsRefused


def test_rollups_refused__some__is_a_refusal_that_names_their_number_and_a_reason():
    error = RollupsRefused({"a/1": "no such field", "a/2": "too long"})

    assert isinstance(error, PortRefused)
    assert error.reasons == {"a/1": "no such field", "a/2": "too long"}
    assert "refused 2 rollups: no such field" in str(error)
