"""How Django finds users: with their organisation, whose generation every decision needs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from tenants.models import User


class TenantBackend(ModelBackend):
    """Checks passwords as Django does. Django's own permissions play no part in Vamp."""

    def get_user(self, user_id: int) -> User | None:
        """Return an active user with their organisation. One query."""
        rows = User.objects.select_related("organisation")
        user = rows.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say no: what somebody may do is decided by `tenants.authorisation` alone."""
        return False

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say no; see `has_perm`."""
        return False
