"""Names of organisations, environments and gateways: DNS labels.

They stand in host names, keys, subjects and folders.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED = frozenset({"organisation", "environment", "_"})


def is_label(name: str) -> bool:
    """Tell whether `name` is a DNS label of lower-case letters, digits and inner hyphens."""
    return _LABEL.fullmatch(name) is not None


def validate_label(name: str) -> None:
    """Refuse what is no DNS label, or is a word that Vamp's own keys use.

    Raises:
        ValidationError: with a message fit to show.
    """
    if not is_label(name):
        raise ValidationError(
            "Use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end.",
            code="label",
        )
    if name in _RESERVED:
        raise ValidationError(f"“{name}” is a word that Vamp uses itself.", code="reserved")
