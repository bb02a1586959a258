"""Forms of tenants: with secrets, which are written and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from vamp.adminsite import SecretInput

PREFIX = "secret_"


def _secret(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        widget=SecretInput(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=f"{help_text} Written and never shown; what is left empty stays as it is.",
    )


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An organisation, with the secrets of its own stores."""

    secret_kv = _secret(
        "secret of the key-value store",
        "token:… or approle:<role id>:<secret id> for vault:.",
    )
    secret_metrics = _secret(
        "secret of the metrics store", "user:password or api_key:… for elasticsearch:."
    )
    secret_events = _secret(
        "secret of the event stream", "The contents of a credentials file for nats:."
    )


class EnvironmentForm(OrganisationForm):
    """An environment, with the secrets of its own stores and of its scheduler."""

    secret_scheduler = _secret(
        "secret of the scheduler", '{"token": "…", "ca": "…"} for kubernetes:.'
    )


def parted(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields of the row, and name → value of the secrets that were given."""
    row = {name: value for name, value in fields.items() if not name.startswith(PREFIX)}
    secrets = {
        name.removeprefix(PREFIX): value
        for name, value in fields.items()
        if name.startswith(PREFIX) and value
    }
    return row, secrets
