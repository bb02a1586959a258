"""Who may sign in, and whom a session stands for."""

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


class TenantBackend(ModelBackend):
    """Checks passwords as Django does. Django's own permissions play no part in Vamp.

    A request's user comes with their organisation, whose generation every decision needs, and with
    what it asks of sign-ins.
    """

    def get_user(self, user_id: Any) -> User | None:
        """Return the active user of that id, else None. One query for all that a page asks of it."""
        rows = User.objects.using(DEFAULT).select_related("organisation__sign_in_policy")
        user: User | None = rows.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say no: what somebody may do is decided by `tenants.authorisation` alone."""
        return False

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say no; see `has_perm`."""
        return False
