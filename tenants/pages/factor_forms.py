"""Codes of second factors, counted like passwords where they are wrong."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from django.core.exceptions import ValidationError

from tenants.lockout import address_of, code_failed
from tenants.services.lockout import Lock, lock_of
from tenants.services.second_factor import spend_code


class CountedCodeForm(AuthenticateForm):
    """A code of an authenticator app, or a recovery code."""

    def clean_code(self) -> str:
        """Check the code, unless the login is locked out.

        Raises:
            ValidationError: it is wrong, or was not looked at.
        """
        refuse_locked(self.user)
        try:
            code = str(super().clean_code())
            refuse_spent(self.authenticator, code)
        except ValidationError:
            code_failed(context.request, self.user)
            raise
        return code


class CountedKeyForm(AuthenticateWebAuthnForm):
    """A security key's answer."""

    def clean_credential(self) -> Any:
        """Check the answer, unless the login is locked out.

        Raises:
            ValidationError: it is wrong, or was not looked at.
        """
        refuse_locked(self.user)
        try:
            return super().clean_credential()
        except ValidationError:
            code_failed(context.request, self.user)
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Not what a browser sends: the library reads it without looking first.
            code_failed(context.request, self.user)
            raise ValidationError("This is no answer of a security key.", code="key") from error


def refuse_locked(user: Any) -> None:
    """Refuse to look at a code of somebody who is locked out.

    Raises:
        ValidationError: they are; it says until when.
    """
    lock: Lock | None = lock_of(user.login, address_of(context.request))
    if lock is not None:
        minutes = -(-lock.seconds_left // 60)
        raise ValidationError(
            "Too many wrong codes. Try again in %(minutes)d min.",
            code="locked",
            params={"minutes": minutes},
        )


def refuse_spent(authenticator: Any, code: str) -> None:
    """Refuse a code of an authenticator app that was used already.

    Raises:
        ValidationError: it was.
    """
    is_of_app = authenticator.type == authenticator.Type.TOTP
    if is_of_app and not spend_code(authenticator, code):
        raise ValidationError("This code was used already. Wait for the next.", code="used")
