from __future__ import annotations

import pytest
from django.db.utils import IntegrityError, InterfaceError, OperationalError

from vamp.drivers.database import port_errors
from vamp.ports.errors import PortError, PortRefused, PortUnavailable


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("locked"), PortUnavailable),
        (InterfaceError("closed"), PortUnavailable),
        (IntegrityError("twice"), PortRefused),
    ],
)
def test_port_errors__of_the_database__say_what_to_do(
    error: Exception, expected: type[PortError]
) -> None:
    with pytest.raises(expected, match="event stream"), port_errors("event stream"):
        raise error


def test_port_errors__of_others__pass() -> None:
    with pytest.raises(KeyError), port_errors("event stream"):
        raise KeyError
