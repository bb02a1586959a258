"""Whether whoever opened a stream may go on with it: asked anew while it is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request

from tenants.api.authentication import principal_of
from tenants.authorisation import Principal, may
from tenants.domain.authority import Target
from tenants.models import ApiToken, Environment, User
from tenants.models.principal import ServiceAccount
from tenants.selectors import token_by_text, user_by_id

Stays = Callable[[], bool]
"""Reads and decides; may be called in any thread."""


def stays(request: Request, right: str, environment: Environment) -> Stays:
    """Return what tells whether the sender of `request` still may do `right` in `environment`.

    It reads the sender's row anew, by the same token or session that the request came with: not so
    where that was revoked, rotated, has run out or was logged out, where the user was switched off,
    or where the right was taken away. Cost of a call: one query for a token, two for a session,
    and what `authority_of` costs.
    """
    read = _reader(request)
    target = Target(environment.name)

    def is_so() -> bool:
        principal = read()
        return (
            principal is not None
            and principal.is_active
            and (
                principal.is_platform_administrator
                or principal.organisation_id == environment.organisation_id
            )
            and may(principal, right, target)
        )

    return is_so


def _reader(request: Request) -> Callable[[], Principal | None]:
    if isinstance(request.auth, ApiToken):
        text = get_authorization_header(request).split()[1].decode("latin-1")
        return lambda: _by_token(text)
    session = getattr(request, "session", None)
    if session is not None and SESSION_KEY in session:
        store, key = type(session), session.session_key
        return lambda: _by_session(store(key))
    pk = int(request.user.pk or 0)
    return lambda: user_by_id(pk)


def _by_token(text: str) -> Principal | None:
    token = token_by_text(text)
    principal = None if token is None else principal_of(token)
    return principal if isinstance(principal, User | ServiceAccount) else None


def _by_session(session: SessionBase) -> Principal | None:
    request = HttpRequest()
    request.session = session
    found = get_user(request)
    return cast("Principal", found) if found.is_authenticated else None
