"""What the key-value store holds of a namespace: its configuration, its secrets, its salts.

``acme/organisation`` and ``acme/production/environment`` each hold one JSON document, and
``_/installation`` one of what belongs to no tenant. SQL is the desired state of the configuration
and the store a copy for those who read it there; of secrets and salts the store is the only place.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

STORE_SECRETS = ("kv", "metrics", "events")
"""Secrets of each store that a namespace has of its own."""

SIGN_ON_SECRET = "sso"  # noqa: S105 a name, not a secret
"""What an organisation's identity provider knows Vamp by: the client's secret."""

ORGANISATION_SECRETS = (*STORE_SECRETS, SIGN_ON_SECRET)
"""Secrets of an organisation."""

ENVIRONMENT_SECRETS = (*STORE_SECRETS, "scheduler")
"""Secrets of an environment: of its stores, and of its scheduler."""

SECOND_FACTOR_SECRET = "second-factor"  # noqa: S105 likewise
"""The installation's key under which the secrets of second factors lie sealed in SQL."""

INSTALLATION_KEY = "_/installation"
"""Where the installation's own document lies; no organisation can be called ``_``."""

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
class Salt:
    """What the passwords of a namespace's people are mixed with before they are hashed.

    Attributes:
        value: base64 of random bytes.
        made_at: ISO 8601 in UTC.
    """

    value: str = field(repr=False)
    made_at: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """The document of one namespace.

    Attributes:
        configuration: what people set of it, as the API shows it; no secrets.
        secrets: name → secret.
        salts: key id → salt; several while passwords move from an old one to the newest.
        salt: key id of the newest, which new passwords are mixed with; empty where there is none.
    """

    configuration: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    salts: Mapping[str, Salt] = field(default_factory=dict)
    salt: str = ""

    @classmethod
    def from_json(cls, text: str) -> Namespace:
        """Read what `to_json` wrote.

        Raises:
            NamespaceUnreadable: it is something else. The message holds nothing of `text`.
        """
        try:
            found = json.loads(text)
            secrets = {name: Secret(**each) for name, each in found["secrets"].items()}
            salts = {key_id: Salt(**each) for key_id, each in found.get("salts", {}).items()}
            return cls(dict(found["configuration"]), secrets, salts, str(found.get("salt", "")))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NamespaceUnreadable("the document of the namespace cannot be read") from None

    def to_json(self) -> str:
        """Return the document; the same bytes for the same content."""
        secrets = {
            name: {"value": each.value, "set_at": each.set_at, "set_by": each.set_by}
            for name, each in self.secrets.items()
        }
        document: dict[str, Any] = {"configuration": dict(self.configuration), "secrets": secrets}
        if self.salts:
            document["salts"] = {
                key_id: {"value": each.value, "made_at": each.made_at}
                for key_id, each in self.salts.items()
            }
            document["salt"] = self.salt
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

    def with_salt(self, key_id: str, salt: Salt) -> Namespace:
        """Return the same with a further salt, which is the newest."""
        return replace(self, salts={**self.salts, key_id: salt}, salt=key_id)

    def with_salts_of(self, key_ids: Collection[str]) -> Namespace:
        """Return the same with only those salts, and the newest, which is never dropped."""
        kept = {*key_ids, self.salt}
        left = {key_id: salt for key_id, salt in self.salts.items() if key_id in kept}
        return replace(self, salts=left)


def namespace_key(organisation: str, environment: str = "") -> str:
    """Return where the document lies; without an environment, the organisation's."""
    return (
        f"{organisation}/{environment}/environment"
        if environment
        else f"{organisation}/organisation"
    )
