"""Deployments, replica sets and stateful sets as versions with a wanted number. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from vamp.drivers.scheduler.kubernetes.labels import NamingLabels, VersionKey
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, Resource
from vamp.ports.scheduler import ObservedVersion

_OF_CONTROLLERS: Final = frozenset(
    {"pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name"}
)
"""Labels that controllers write for themselves; they change without a change of the version."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that keeps a number of pods.

    Attributes:
        resource: which kind.
        name: in its namespace.
        key: (service, version) that its pods are given.
        desired: pods asked for.
        labels: its own and those of its pods.
        controller: (kind, name) of what owns it, such as ``("Deployment", "shop")``; None for none.
    """

    resource: Resource
    name: str
    key: VersionKey
    desired: int
    labels: Mapping[str, str] = field(default_factory=dict)
    controller: tuple[str, str] | None = None


def workload_of(
    resource: Resource, item: Mapping[str, Any], naming: NamingLabels
) -> Workload | None:
    """Read a workload; None where its pods do not get the naming labels, or it is being deleted."""
    meta, spec = item["metadata"], item.get("spec") or {}
    template = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    key = naming.key(template)
    if key is None or "deletionTimestamp" in meta:
        return None
    labels = {**(meta.get("labels") or {}), **template}
    return Workload(
        resource=resource,
        name=meta["name"],
        key=key,
        desired=int(spec.get("replicas", 1)),
        labels={name: value for name, value in labels.items() if name not in _OF_CONTROLLERS},
        controller=next(
            (
                (owner["kind"], owner["name"])
                for owner in meta.get("ownerReferences") or []
                if owner.get("controller")
            ),
            None,
        ),
    )


def versions_of(workloads: Iterable[Workload]) -> Sequence[ObservedVersion]:
    """Return the versions, sorted by service and version.

    A Deployment wants its number of what its template says now. During a roll-out its older
    replica sets want what they still have of the version before; those scaled to nothing are
    history and no version. Workloads of one version add up.
    """
    everything = sorted(workloads, key=lambda each: (str(each.resource), each.name))
    current = {each.name: each.key for each in everything if each.resource is DEPLOYMENTS}
    found: dict[VersionKey, ObservedVersion] = {}
    for each in everything:
        if not _counts(each, current):
            continue
        before = found.get(each.key)
        found[each.key] = ObservedVersion(
            service=each.key[0],
            version=each.key[1],
            desired=each.desired + (before.desired if before else 0),
            labels={**each.labels, **(before.labels if before else {})},
        )
    return tuple(found[key] for key in sorted(found))


def _counts(workload: Workload, current: Mapping[str, VersionKey]) -> bool:
    if workload.controller is None:
        return True
    kind, name = workload.controller
    return bool(workload.desired) and not (
        kind == "Deployment" and current.get(name) == workload.key
    )
