"""What the drivers share that keep their rows in Django's databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.utils import DatabaseError, InterfaceError, OperationalError

from vamp.ports.errors import PortRefused, PortUnavailable


@contextmanager
def port_errors(what: str) -> Iterator[None]:
    """Turn what the database says into the errors of a port.

    Args:
        what: the port, as the message names it, such as "event stream".
    """
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise PortUnavailable(f"the {what} does not answer: {error}") from error
    except DatabaseError as error:
        raise PortRefused(f"the {what} refused: {error}") from error
