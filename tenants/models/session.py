"""Sessions of the screens: found by a digest of their key, which is kept nowhere."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from tenants.models.user import User
from tenants.models.visible import Asker, VisibleQuerySet

if TYPE_CHECKING:
    from datetime import datetime

BROWSER_LENGTH = 255
ID_LENGTH = 16


class SessionQuerySet(VisibleQuerySet["UserSession"]):
    """Sessions, narrowed by who asks."""

    owner: ClassVar[str] = "user__organisation_id"

    def visible_to(self, user: Asker) -> Self:
        """Return the sessions of `user`'s organisation, or all for a platform administrator."""
        return super().visible_to(user).exclude(user=None)

    def live(self, now: datetime) -> SessionQuerySet:
        """Return those that are signed in and not over."""
        return self.filter(expire_date__gt=now).exclude(user=None)


class UserSession(AbstractBaseSession):
    """A browser in which somebody is signed in, or about to.

    Attributes:
        session_key: SHA-256 of the key that the browser's cookie holds. To read the table is not
            enough to become somebody.
        user: None until the sign-in is done.
        address: where it was signed in from.
        browser: what the browser called itself then.
        since: when it was signed in; seen_at: when it was last used, to the minute.
    """

    session_key = models.CharField(max_length=64, primary_key=True, editable=False)
    user = models.ForeignKey(
        User, models.CASCADE, null=True, editable=False, related_name="sessions"
    )
    address = models.CharField(max_length=45, blank=True, editable=False)
    browser = models.CharField(max_length=BROWSER_LENGTH, blank=True, editable=False)
    since = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField("last seen", default=timezone.now, editable=False)

    objects = SessionQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        ordering = ["-seen_at"]
        verbose_name = "session"

    def __str__(self) -> str:
        return self.short_id

    @property
    def short_id(self) -> str:
        """How people name it: the beginning of the digest, which opens nothing."""
        return self.session_key[:ID_LENGTH]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the engine, as Django's base class asks."""
        # The engine is above this module, so the settings name it.
        return import_module(settings.SESSION_ENGINE).SessionStore
