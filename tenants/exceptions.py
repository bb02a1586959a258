"""Refusals of tenants."""

from vamp.errors import Conflict


class NotActive(Conflict):
    """The organisation or environment is archived or being deleted: it takes no changes."""

    code = "not-active"
    title = "Archived, or being deleted"


class QuotaReached(Conflict):
    """The organisation has as many as it may have. Remove one, or have the limit raised."""

    code = "quota-reached"
    title = "The organisation has as many as it may have"
