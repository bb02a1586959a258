"""What Vamp needs in one namespace and nothing beyond, and the manifest that grants it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

ACCOUNT: Final = "vamp"
"""Name of the service account, its role and its binding."""

RBAC: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on some kinds of objects.

    Attributes:
        group: API group, empty for the core one.
        resources: plural names, with their subresource.
        verbs: which are needed.
        purpose: what for, in a few words.
    """

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    purpose: str

    def each(self) -> Iterator[tuple[str, str]]:
        """Yield resource and verb, one pair after the other."""
        for resource in self.resources:
            for verb in self.verbs:
                yield resource, verb


DISCOVERY: Final = "see what runs"
SCALING: Final = "scale and restart versions"
LOGS: Final = "show the logs of instances"

NEEDED: Final[Sequence[Right]] = (
    Right("", ("pods",), ("get", "list", "watch"), DISCOVERY),
    Right("apps", ("deployments", "replicasets", "statefulsets"), ("list", "watch"), DISCOVERY),
    Right(
        "apps",
        ("deployments/scale", "replicasets/scale", "statefulsets/scale"),
        ("patch",),
        SCALING,
    ),
    Right("apps", ("deployments", "statefulsets"), ("patch",), SCALING),
    Right("", ("pods/log",), ("get",), LOGS),
)
"""``deploy/kubernetes/rbac.yaml`` says the same; a test compares them."""


def objects(namespace: str) -> list[dict[str, Any]]:
    """Return the account, its role and its binding, as Kubernetes takes them."""
    metadata = {"name": ACCOUNT, "namespace": namespace}
    rules = [
        {"apiGroups": [each.group], "resources": [*each.resources], "verbs": [*each.verbs]}
        for each in NEEDED
    ]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**metadata}},
        {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {**metadata}, "rules": rules},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {**metadata},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}],
        },
    ]


def manifest(namespace: str) -> str:
    """Return the namespace with all of `objects`, for those who prefer ``kubectl apply``."""
    place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    return yaml.safe_dump_all([place, *objects(namespace)], sort_keys=False)


def missing(rules: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what of `NEEDED` the `rules` of a SelfSubjectRulesReview do not grant. Pure.

    Returns:
        The right as a role names it (``list deployments.apps``), and its purpose.
    """
    held = list(rules)
    return [
        (f"{verb} {resource}" + (f".{right.group}" if right.group else ""), right.purpose)
        for right in NEEDED
        for resource, verb in right.each()
        if not any(_grants(rule, right.group, resource, verb) for rule in held)
    ]


def _grants(rule: Mapping[str, Any], group: str, resource: str, verb: str) -> bool:
    if rule.get("resourceNames"):
        return False  # of some objects alone
    sub = resource.partition("/")[2]
    spelt = {resource, "*", f"*/{sub}" if sub else resource}
    return (
        bool({verb, "*"} & set(rule.get("verbs") or ()))
        and bool({group, "*"} & set(rule.get("apiGroups") or ()))
        and bool(spelt & set(rule.get("resources") or ()))
    )
