"""Who asks on a screen, where, and what that person may do."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


def environment_of(request: HttpRequest) -> Any:
    """Return the environment that the person chose in the switcher, None where there is none.

    The switcher belongs to the tenants, above this module, so the settings name it.
    """
    unfold: Any = settings.UNFOLD
    return import_string(unfold["ENVIRONMENT_OF"])(request)


def access() -> Any:
    """Return what says who may do what on the screens; it belongs to the tenants, likewise."""
    unfold: Any = settings.UNFOLD
    return import_module(unfold["ACCESS"])


def is_platform_administrator(request: HttpRequest) -> bool:
    """Tell whether the person looks after the whole installation."""
    return bool(getattr(request.user, "is_platform_administrator", False))
