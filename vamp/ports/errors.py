"""What can go wrong with an outside system, in the three ways that matter to a caller."""

from __future__ import annotations


class PortError(Exception):
    """An outside system did not do what was asked. One of the three below says what to do."""


class PortUnavailable(PortError):
    """It does not answer, or not in time. Retry with back-off; nothing is known to be written."""


class PortRefused(PortError):
    """It answered no: bad credentials, bad data, a limit. Retrying the same changes nothing."""


class RevisionConflict(PortError):
    """Somebody else wrote meanwhile; nothing was written. Read again, decide again, write again."""
