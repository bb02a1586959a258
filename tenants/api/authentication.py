"""Who sends an API request: a token, or the session of the admin screens."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from tenants.lockout import address_of
from tenants.models import ApiToken, User
from tenants.models.principal import ServiceAccount
from tenants.selectors import token_by_text
from tenants.services.lockout import note_token_failure
from tenants.services.sign_ins import REFUSED, record_failure
from vamp import audit

LAST_USED_STEP = timedelta(minutes=1)
"""A token's last use is noted at most this often, so that reads stay reads."""


class AgentPrincipal:
    """The agents of one environment, as the sender of a request.

    Not a person: no door but the agents' own lets it in.
    """

    is_authenticated = True
    is_active = False

    def __init__(self, token: ApiToken) -> None:
        self.token = token

    @property
    def pk(self) -> int:
        """Identify the sender to throttles."""
        return int(self.token.pk)


def principal_of(token: ApiToken) -> User | ServiceAccount | AgentPrincipal:
    """Return whom `token` stands for."""
    if token.user is not None:
        token.user.token_used = token
        return token.user
    return ServiceAccount(token) if token.is_service else AgentPrincipal(token)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: token <text>`` (or ``Bearer <text>``)."""

    def authenticate(
        self, request: Request
    ) -> tuple[User | ServiceAccount | AgentPrincipal, ApiToken] | None:
        """Return the sender and the token; None where the request carries none.

        Raises:
            AuthenticationFailed: the token is unknown, expired, or its user switched off.
            Throttled: the same, once too often from this address.
        """
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() not in {b"token", b"bearer"}:
            return None
        text = words[1].decode("latin-1")
        token = token_by_text(text)
        if token is None:
            record_failure(None, REFUSED, "token")
            if lock := note_token_failure(text, address_of(request)):
                raise Throttled(lock.seconds_left, "Too many tokens failed from this address.")
            raise AuthenticationFailed("This token is unknown, expired, or switched off.")
        audit.came_with(f"{token.prefix}/{token.name}")
        self._note_use(token)
        return principal_of(token), token

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        return "token"

    @staticmethod
    def _note_use(token: ApiToken) -> None:
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_STEP:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
