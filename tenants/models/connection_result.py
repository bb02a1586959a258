"""What the last test of each connection found."""

from __future__ import annotations

from django.db import models

from vamp.ports.checks import Checked


class ConnectionResult(models.Model):
    """The last test of one connection; each test takes the place of the one before.

    Attributes:
        key: ``e12/kv``, ``o3/events`` or ``i/broker``: a place by its id, so that a new tenant of
            the same name does not inherit it, and the store.
        found: `Checked.as_json`.
    """

    key = models.CharField(max_length=63, primary_key=True)
    ok = models.BooleanField()
    is_prepared = models.BooleanField()
    found = models.JSONField()
    tested_at = models.DateTimeField()
    tested_by = models.CharField(max_length=191)

    class Meta:
        verbose_name = "result of a connection's test"
        verbose_name_plural = "results of connections' tests"

    def __str__(self) -> str:
        return self.key

    @property
    def checked(self) -> Checked:
        """What was found."""
        return Checked.from_json(self.found)
