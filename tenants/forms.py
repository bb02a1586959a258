"""Forms of tenants: with secrets, which are written and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import escape

from tenants.connections import namespaces
from tenants.domain.namespace import NamespaceUnreadable
from vamp.adminsite.inputs import SecretInput
from vamp.ports.errors import PortError

PREFIX = "secret_"

LEFT_OUT: Mapping[str, Any] = {
    "environment_defaults": {},
    "most_environments": 0,
    "most_gateways": 0,
    "most_releases": 0,
}
"""Fields that may be left empty, and what that means."""


def _secret(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        widget=SecretInput(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=f"{help_text} Written and never shown; what is left empty stays as it is.",
    )


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An organisation, with the secrets of its own stores; says of each whether it is set."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in LEFT_OUT:
            if name in self.fields:
                self.fields[name].required = False
        if self.instance.pk is None:
            return
        try:
            held = namespaces.document(self.instance).secrets
        except (PortError, NamespaceUnreadable):
            return  # the form is of use without knowing
        for name, secret in held.items():
            if field := self.fields.get(f"{PREFIX}{name}"):
                # Help texts are HTML.
                told = escape(f"Set by {secret.set_by} at {secret.set_at}.")
                field.help_text = f"{told} {field.help_text}"

    def clean(self) -> dict[str, Any]:
        """Take what was left out for the value that stands for nothing."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        return {
            name: LEFT_OUT[name] if value is None and name in LEFT_OUT else value
            for name, value in cleaned.items()
        }

    def clean_audit_retention_days(self) -> int:
        """Take what is left empty for "for ever"."""
        return self.cleaned_data["audit_retention_days"] or 0

    secret_kv = _secret(
        "Secret of the key-value store",
        "token:TOKEN or approle:ROLE_ID:SECRET_ID, for vault:.",
    )
    secret_metrics = _secret(
        "Secret of the metrics store", "user:password or api_key:KEY, for elasticsearch:."
    )
    secret_events = _secret(
        "Secret of the event stream", "The contents of a credentials file, for nats:."
    )


class EnvironmentForm(OrganisationForm):
    """An environment, with the secrets of its own stores and of its scheduler."""

    secret_scheduler = _secret(
        "Secret of the scheduler", '{"token": "…", "ca": "…"}, for kubernetes:.'
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
