"""API tokens: shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tenants.models.environment import Environment
from tenants.models.organisation import Organisation
from tenants.models.visible import VisibleQuerySet

if TYPE_CHECKING:
    from datetime import datetime

SECRET_BYTES = 32
PREFIX_LENGTH = 8
NAME_LENGTH = 127


class TokenQuerySet(VisibleQuerySet["ApiToken"]):
    """Tokens, narrowed by who asks."""

    def with_text(self, text: str, now: datetime) -> TokenQuerySet:
        """Return the one with this text; until its time is up, also by the text before rotation."""
        digest = ApiToken.digest_of(text)
        return self.filter(
            Q(digest=digest) | Q(previous_digest=digest, previous_until__gt=now)
        ).filter(prefix=text[:PREFIX_LENGTH])

    def usable(self, now: datetime) -> TokenQuerySet:
        """Return those that are neither expired nor their user's switched off."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now)).exclude(
            user__is_active=False
        )


class ApiToken(models.Model):
    """A secret by which a program is somebody: a user, an environment's agents, or itself.

    The text is ``<prefix>.<secret>``; the row holds the prefix, to find it by, and SHA-256 of the
    whole, which is enough for a secret of 256 random bits. A rotated token keeps its prefix.

    Attributes:
        user: acts as this user, as far as `rights` and `environment` pass that on.
        agent_of: for the agents of this environment, and for nothing else. A token without either
            is a service's: role bindings say what it may do.
        rights: of all that its user may do only this, as a role lists it; empty for all.
        environment: only what lies in this one; None for no such limit.
        previous_digest, previous_until: of the text before it was rotated, and how long that holds.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="tokens"
    )
    user = models.ForeignKey(
        "tenants.User", models.CASCADE, null=True, blank=True, related_name="tokens"
    )
    agent_of = models.ForeignKey(
        Environment, models.CASCADE, null=True, blank=True, related_name="agent_tokens"
    )
    rights = models.JSONField(default=list, blank=True)
    environment = models.ForeignKey(
        Environment, models.CASCADE, null=True, blank=True, related_name="scoped_tokens"
    )
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    previous_digest = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name", "name"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(agent_of__isnull=True),
                name="token_is_one_somebodys",
            ),
            models.UniqueConstraint(fields=["organisation", "name"], name="token_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_service(self) -> bool:
        """True where it stands for nobody but itself."""
        return self.user_id is None and self.agent_of_id is None

    @staticmethod
    def new_text(prefix: str = "") -> str:
        """Return a fresh token text, with the prefix of one that is rotated."""
        prefix = prefix or secrets.token_hex(PREFIX_LENGTH // 2)
        return f"{prefix}.{secrets.token_urlsafe(SECRET_BYTES)}"

    @staticmethod
    def digest_of(text: str) -> str:
        """Return what the row holds of a token text."""
        return hashlib.sha256(text.encode()).hexdigest()
