"""The audit trail: who did what, from where, written in the transaction of the change.

Beside the entries lie what proves them: signed checkpoints of the chain, and signed statements of
what retention took out of it.
"""

from __future__ import annotations

from django.db import models

from vamp.databases import ExplicitDatabase


class AuditEntry(ExplicitDatabase):
    """One change by one actor. Rows are added and never changed.

    `actor` is a login, ``token:<name>`` or ``vamp:<part>`` for what Vamp did by itself; no foreign
    key, for the row may lie in another database than the users. Secrets are blanked in `before`
    and `after` by the service that records them, and once more by `vamp.audit.record`.

    Attributes:
        token: ``<prefix>/<name>`` of the API token that the request came with.
        digest: hash of all that the entry says, made as it is written.
        position: place in the chain of this database, from 1 without gaps; None until the sealer
            came by. The id says nothing about order: on MySQL, id 5 may commit after 6 was read.
        link: hash over the link before, position, id and digest; empty until then.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63, blank=True, default="")
    actor = models.CharField(max_length=191)
    token = models.CharField(max_length=140, blank=True, default="")
    verb = models.CharField(max_length=63, help_text="thing.past, such as gateway.changed")
    kind = models.CharField(max_length=63)
    name = models.CharField(max_length=191)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    source_address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(max_length=70, blank=True, default="", editable=False)
    position = models.BigIntegerField(null=True, unique=True, editable=False)
    link = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        ordering = ["-id"]
        # Each leads through what has one organisation and one value of a field, in order of time:
        # `vamp.audit.leading` says which lists they serve. The id, by which every index ends,
        # parts what is of the same moment; so no index may run backwards.
        indexes = [
            models.Index(fields=["organisation", "at"], name="audit_organisation_at"),
            models.Index(fields=["organisation", "environment", "at"], name="audit_environment_at"),
            models.Index(fields=["organisation", "actor", "at"], name="audit_actor_at"),
            models.Index(fields=["organisation", "name", "at"], name="audit_name_at"),
            models.Index(fields=["organisation", "kind", "at"], name="audit_kind_at"),
            models.Index(fields=["organisation", "verb", "at"], name="audit_verb_at"),
            models.Index(fields=["organisation", "request_id", "at"], name="audit_request_at"),
        ]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.name}"


class AuditCheckpoint(ExplicitDatabase):
    """A link of the chain, signed by the installation. The one of the highest position is its head.

    Attributes:
        key_id: names the key that signed it.
    """

    position = models.BigIntegerField(primary_key=True)
    link = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ["position"]
        verbose_name = "audit checkpoint"

    def __str__(self) -> str:
        return f"checkpoint at {self.position}"


class AuditGap(ExplicitDatabase):
    """Positions whose entries retention forgot, with the links on both sides, signed.

    Attributes:
        first, last: positions, both included.
        before: link of position ``first - 1``; after: link of position `last`.
    """

    first = models.BigIntegerField(primary_key=True)
    last = models.BigIntegerField(unique=True)
    before = models.CharField(max_length=64)
    after = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ["first"]
        verbose_name = "audit gap"

    def __str__(self) -> str:
        return f"forgotten {self.first} to {self.last}"
