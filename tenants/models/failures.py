"""Sign-ins that failed: what lock-outs are counted by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from tenants.models.organisation import Organisation
from tenants.models.visible import VisibleQuerySet

if TYPE_CHECKING:
    from datetime import datetime

SUBJECT_LENGTH = 127
TOKEN = "token:"  # noqa: S105 a word, not a secret
"""How a subject begins that is a token's prefix and no login."""


class FailuresQuerySet(VisibleQuerySet["SignInFailures"]):
    """Failures, narrowed by who asks."""

    def since(self, moment: datetime) -> FailuresQuerySet:
        """Return those that count: the last of them not before `moment`."""
        return self.filter(last_at__gte=moment)


class SignInFailures(models.Model):
    """How often one login, or one token, failed from one address, in a row.

    Attributes:
        organisation: the one whose login or token it is; None where there is none such.
        subject: a login as it was typed, or ``token:<prefix>``. Whether there is such a login,
            the row does not tell.
        address: where from.
    """

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, editable=False, related_name="+"
    )
    subject = models.CharField(max_length=SUBJECT_LENGTH, editable=False)
    address = models.CharField(max_length=45, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    first_at = models.DateTimeField(editable=False)
    last_at = models.DateTimeField(editable=False)

    objects = FailuresQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at"]
        verbose_name = "lock"
        verbose_name_plural = "locks"
        constraints = [
            models.UniqueConstraint(fields=["subject", "address"], name="failures_once"),
        ]
        indexes = [models.Index(fields=["address", "last_at"], name="failures_of_address")]

    def __str__(self) -> str:
        return f"{self.subject} from {self.address}"
