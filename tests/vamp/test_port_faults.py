from __future__ import annotations

import pytest

from vamp.errors import Conflict, Invalid, Rejected, Unavailable
from vamp.port_faults import told
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PortUnavailable("vault is sealed"), Unavailable),
        (PortRefused("vault refuses the token"), Rejected),
        (RevisionConflict("somebody else wrote"), Conflict),
    ],
)
def test_told__error_of_a_port__keeps_its_words(error, kind):
    found = told(error)

    assert type(found) is kind
    assert found.message == str(error)


def test_told__error_of_a_service__stays_as_it_is():
    error = Invalid("wrong")

    assert told(error) is error
