"""The audit trail: who did what, from where, written in the transaction of the change."""

from __future__ import annotations

from django.db import models

from vamp.databases import ExplicitDatabase


class AuditEntry(ExplicitDatabase):
    """One change by one actor. Rows are added and never changed.

    `actor` is a login, ``token:<name>`` or ``vamp:<part>`` for what Vamp did by itself; no foreign
    key, for the row may lie in another database than the users. Secrets are blanked in `before`
    and `after` by the service that records them.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63, blank=True, default="")
    actor = models.CharField(max_length=191)
    verb = models.CharField(max_length=63, help_text="thing.past, such as gateway.changed")
    kind = models.CharField(max_length=63)
    name = models.CharField(max_length=191)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    source_address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organisation", "environment", "-at"], name="audit_scope_at"),
            models.Index(
                fields=["organisation", "environment", "kind", "name"], name="audit_object"
            ),
        ]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.name}"
