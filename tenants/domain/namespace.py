"""What the key-value store holds of a namespace: its configuration, and the secrets of its stores.

``acme/organisation`` and ``acme/production/environment`` each hold one JSON document. SQL is the
desired state of the configuration and the store a copy for those who read it there; of secrets the
store is the only place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ORGANISATION_SECRETS = ("kv", "metrics", "events")
"""Secrets of an organisation: of each store that it has of its own."""

ENVIRONMENT_SECRETS = (*ORGANISATION_SECRETS, "scheduler")
"""Secrets of an environment: likewise, and of its scheduler."""

MOST_SECRET_CHARACTERS = 65_536


class NamespaceUnreadable(ValueError):
    """What the store holds under a namespace's key is no document of ours."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is written and never shown.

    Attributes:
        value: credentials in the form that their driver takes.
        set_at: when it was written, ISO 8601 in UTC.
        set_by: login of who wrote it.
    """

    value: str = field(repr=False)
    set_at: str
    set_by: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """The document of one namespace.

    Attributes:
        configuration: what people set of it, as the API shows it; no secrets.
        secrets: name → secret.
    """

    configuration: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Namespace:
        """Read what `to_json` wrote.

        Raises:
            NamespaceUnreadable: it is something else. The message holds nothing of `text`.
        """
        try:
            found = json.loads(text)
            secrets = {name: Secret(**each) for name, each in found["secrets"].items()}
            return cls(dict(found["configuration"]), secrets)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NamespaceUnreadable("the document of the namespace cannot be read") from None

    def to_json(self) -> str:
        """Return the document; the same bytes for the same content."""
        secrets = {
            name: {"value": each.value, "set_at": each.set_at, "set_by": each.set_by}
            for name, each in self.secrets.items()
        }
        document = {"configuration": dict(self.configuration), "secrets": secrets}
        return json.dumps(document, sort_keys=True, ensure_ascii=False)

    def configured(self, configuration: Mapping[str, Any]) -> Namespace:
        """Return the same with another configuration."""
        return replace(self, configuration=dict(configuration))

    def with_secret(self, name: str, secret: Secret) -> Namespace:
        """Return the same with `name` set to `secret`."""
        return replace(self, secrets={**self.secrets, name: secret})

    def without_secret(self, name: str) -> Namespace:
        """Return the same without `name`."""
        left = {each: secret for each, secret in self.secrets.items() if each != name}
        return replace(self, secrets=left)


def namespace_key(organisation: str, environment: str = "") -> str:
    """Return where the document lies; without an environment, the organisation's."""
    return (
        f"{organisation}/{environment}/environment"
        if environment
        else f"{organisation}/organisation"
    )
