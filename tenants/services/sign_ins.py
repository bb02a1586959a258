"""Coming and going: who logged in, who logged out, who tried in vain.

Django's signals tell it, so that every way of logging in is recorded, whichever app brings it.
"""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from tenants.models import User
from vamp import audit
from vamp.audit.coalescing import Coalescer
from vamp.databases import DEFAULT

OPENED = "session.opened"
CLOSED = "session.closed"
FAILED = "login.failed"
REFUSED = "token.refused"

UNKNOWN = "unknown"
"""Stands for a login that nobody has: people type passwords where the login belongs."""

_coalescer = Coalescer()


def connect() -> None:
    """Hear Django's signals. Safe to repeat."""
    user_logged_in.connect(on_logged_in, dispatch_uid="tenants.sign_ins")
    user_logged_out.connect(on_logged_out, dispatch_uid="tenants.sign_ins")
    user_login_failed.connect(on_login_failed, dispatch_uid="tenants.sign_ins")


def on_logged_in(sender: Any, user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    """Record that a session began."""
    if isinstance(user, User):
        _record(user, OPENED, "session")


def on_logged_out(sender: Any, user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    """Record that a session was ended by its person."""
    if isinstance(user, User):
        _record(user, CLOSED, "session")


def on_login_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Record that somebody did not get in; of credentials only a login that exists is kept."""
    given = credentials.get(User.USERNAME_FIELD) or credentials.get("username") or ""
    login = given if isinstance(given, str) else ""
    user = User.objects.filter(login=login).select_related("organisation").first()
    record_failure(user)


def record_failure(user: User | None, verb: str = FAILED, kind: str = "login") -> bool:
    """Record that somebody did not get in, unless the same was just recorded.

    A flood is told as a number; see `vamp.audit.coalescing`. Cost: one statement, or none.

    Args:
        user: whose login was tried; None where there is none of that name.
        verb: `FAILED`, or `REFUSED` for an API token.
        kind: of the entry.

    Returns:
        Whether an entry was written.
    """
    address = audit.origin.get().source_address
    scope = user.organisation.name if user is not None and user.organisation else ""
    key = (user.pk if user is not None else None, verb, address)
    left_out = _coalescer.take(key, (scope, verb), time.monotonic())
    if left_out is None:
        return False
    _record(user, verb, kind, {"left_out": left_out} if left_out else None)
    return True


def _record(user: User | None, verb: str, kind: str, after: dict[str, Any] | None = None) -> None:
    login = user.get_username() if user is not None else UNKNOWN
    organisation = user.organisation.name if user is not None and user.organisation else ""
    with transaction.atomic(using=DEFAULT):
        audit.record(
            login, verb, kind, login, using=DEFAULT, organisation=organisation, after=after
        )
