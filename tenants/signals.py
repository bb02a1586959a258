"""What a sign-in leaves in its session: where it came from, for the list of sessions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from tenants.lockout import address_of
from tenants.sessions import ORIGIN, origin


@receiver(user_logged_in)
def remember_origin(sender: Any, request: HttpRequest, **more: Any) -> None:
    """Keep address, browser and time with the session; its row shows them."""
    browser = request.META.get("HTTP_USER_AGENT", "")
    request.session[ORIGIN] = origin(address_of(request), browser, timezone.now())
