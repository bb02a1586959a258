"""Who a session stands for, read together with what its organisation asks of sign-ins."""

from __future__ import annotations

from typing import Any

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from tenants.models import User
from vamp.databases import DEFAULT


class LockoutBackend(AxesStandaloneBackend):
    """Refuses whoever is locked out. Comes first, so that nothing looks at their password."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> None:
        """Let the other backends look, or raise what ends the sign-in.

        Without a request nobody is at the door: that is Vamp itself, on the machine.
        """
        if request is not None:
            super().authenticate(request, username=username, password=password, **more)


class Backend(ModelBackend):
    """Logins and passwords, as Django's own; a request's user comes with the sign-in policy."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the active user of that id, else None. One query for all that a page asks of it."""
        rows = User.objects.using(DEFAULT).select_related("organisation__sign_in_policy")
        user: User | None = rows.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
