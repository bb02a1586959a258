"""The kinds of objects that are asked for, and where the API server keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of objects.

    Attributes:
        plural: as it stands in addresses and in roles, such as ``deployments``.
        group: API group, empty for the core one.
        version: of that group.
    """

    plural: str
    group: str = ""
    version: str = "v1"

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str = "", name: str = "", sub: str = "") -> str:
        """Return the path of all objects, of one, or of one's subresource.

        Args:
            namespace: empty for kinds without one, or for every namespace.
            name: of the object.
            sub: such as ``scale``.
        """
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        rest = "".join(f"/{quote(part, safe='')}" for part in (name, sub) if part)
        return f"{root}{inside}/{self.plural}{rest}"


PODS = Resource("pods")
DEPLOYMENTS = Resource("deployments", "apps")
REPLICA_SETS = Resource("replicasets", "apps")
STATEFUL_SETS = Resource("statefulsets", "apps")

FOLLOWED = (PODS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS)
"""What a namespace's picture is made of."""
