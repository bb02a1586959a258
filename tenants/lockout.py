"""What axes asks at each sign-in, answered from our own counts; see `tenants.services.lockout`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from rest_framework.request import Request

from tenants.models import User
from tenants.services import lockout
from tenants.services.lockout import Lock
from vamp.terminal import person


def address_of(request: HttpRequest | Request) -> str:
    """Return the source address of a request, as the audit trail has it."""
    return str(request.META.get("REMOTE_ADDR") or "")


class LockoutHandler(AbstractAxesHandler, AxesBaseHandler):
    """Refuses whoever is locked out, counts failures, forgets them after a success."""

    def is_locked(self, request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> bool:
        """Tell whether this sign-in is refused unseen; the request then carries the lock."""
        lock = lockout.lock_of(_subject(credentials), address_of(request))
        request.vamp_lock = lock  # type: ignore[attr-defined]
        return lock is not None

    def get_failures(
        self, request: HttpRequest, credentials: Mapping[str, Any] | None = None
    ) -> int:
        """Return how many failures led to the lock; 0 without one."""
        lock = lockout.lock_of(_subject(credentials), address_of(request))
        return lock.failures if lock else 0

    def user_login_failed(
        self,
        sender: Any,
        credentials: Mapping[str, Any],
        request: HttpRequest | None = None,
        **more: Any,
    ) -> None:
        """Count it, unless a lock refused it unseen."""
        if request is not None and not getattr(request, "axes_locked_out", False):
            lockout.note_failure(_subject(credentials), address_of(request))

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
        """Forget what failed before."""
        lockout.forget_failures(user.login, address_of(request))

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        """Lift locks for the ``axes_reset`` commands, each with an entry; see `lockout.lift_all`."""
        if ip_or_username and ip_address is not None and username is not None:
            of_address = lockout.lift_all(None, ip_address, actor=person())
            return of_address + lockout.lift_all(username, None, actor=person())
        return lockout.lift_all(username, ip_address, actor=person())

    def user_logged_out(self, sender: Any, request: HttpRequest, user: Any, **more: Any) -> None:
        """Nothing is counted of that."""


def lock_on(request: HttpRequest) -> Lock | None:
    """Return the lock for whose sake the sign-in of this request was refused, else None."""
    found: Lock | None = getattr(request, "vamp_lock", None)
    return found


def code_failed(request: HttpRequest, user: User) -> None:
    """Count a wrong code of a second factor like a wrong password, for every listener."""
    user_login_failed.send(sender=__name__, credentials={"username": user.login}, request=request)


def _subject(credentials: Mapping[str, Any] | None) -> str:
    return str((credentials or {}).get("username") or "")
