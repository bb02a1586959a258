"""What a person is told when an outside system fails: one mapping for every door."""

from __future__ import annotations

from vamp.errors import Conflict, Rejected, Unavailable, VampError
from vamp.ports.errors import PortError, PortRefused, RevisionConflict


def told(error: VampError | PortError) -> VampError:
    """Return the error in the words of the doors; one that is in them already stays as it is."""
    if isinstance(error, VampError):
        return error
    if isinstance(error, PortRefused):
        return Rejected(str(error))
    return Conflict(str(error)) if isinstance(error, RevisionConflict) else Unavailable(str(error))
