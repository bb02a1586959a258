"""Which labels name the service and the version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

VersionKey = tuple[str, str]
"""(service, version)."""

DEFAULT_SERVICE: Final = "app"
DEFAULT_VERSION: Final = "version"

_RECOMMENDED: Final = {
    DEFAULT_SERVICE: "app.kubernetes.io/name",
    DEFAULT_VERSION: "app.kubernetes.io/version",
}
"""Kubernetes's recommended labels, taken before the plain ones where the setting is the default."""


@dataclass(frozen=True, slots=True)
class NamingLabels:
    """The labels that are looked at, the first that is there counts.

    Attributes:
        service: labels whose value may be the service's name.
        version: labels whose value may be the version's.
    """

    service: Sequence[str]
    version: Sequence[str]

    @classmethod
    def of(cls, service: str, version: str) -> NamingLabels:
        """Take an environment's settings; a default one also takes the recommended label."""
        return cls(_either(service), _either(version))

    def key(self, labels: Mapping[str, str]) -> VersionKey | None:
        """Return (service, version); None where one is missing or empty."""
        service = _first(labels, self.service)
        version = _first(labels, self.version)
        return (service, version) if service and version else None


def _either(label: str) -> tuple[str, ...]:
    recommended = _RECOMMENDED.get(label)
    return (recommended, label) if recommended else (label,)


def _first(labels: Mapping[str, str], names: Sequence[str]) -> str:
    for name in names:
        if value := labels.get(name):
            return value
    return ""
