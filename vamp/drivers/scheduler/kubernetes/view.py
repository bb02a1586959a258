"""What is known of a namespace, kept up to date by what changes. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.pods import instance_of
from vamp.drivers.scheduler.kubernetes.resources import PODS, Resource
from vamp.drivers.scheduler.kubernetes.workloads import Workload, versions_of, workload_of
from vamp.ports.scheduler import ObservedInstance, ObservedVersion

Item = Mapping[str, Any]


class View:
    """Instances and versions of one namespace.

    A change of one pod costs a search in a sorted list, whatever the number of pods; a change of a
    workload costs a pass over the workloads.

    Attributes:
        number: counts up whenever an instance or a version changed; equal numbers, equal contents.
    """

    def __init__(self, naming: NamingLabels) -> None:
        self.number = 0
        self._naming = naming
        self._instances: dict[str, ObservedInstance] = {}
        self._sorted: list[ObservedInstance] = []
        self._workloads: dict[tuple[Resource, str], Workload] = {}
        self._versions: Sequence[ObservedVersion] = ()

    @property
    def instances(self) -> Sequence[ObservedInstance]:
        """Return all instances, sorted by uid; equal ones stay the same objects."""
        return tuple(self._sorted)

    @property
    def versions(self) -> Sequence[ObservedVersion]:
        """Return all versions, sorted by service and version."""
        return self._versions

    def replace(self, resource: Resource, items: Iterable[Item]) -> None:
        """Take a listing of all objects of a kind."""
        if resource is PODS:
            self._replace_pods(items)
            return
        others = {key: each for key, each in self._workloads.items() if key[0] is not resource}
        found = (workload_of(resource, item, self._naming) for item in items)
        self._set_workloads({**others, **{(resource, one.name): one for one in found if one}})

    def put(self, resource: Resource, item: Item) -> None:
        """Take one object that is new or changed."""
        name = item["metadata"]["name"]
        if resource is PODS:
            self._put_pod(name, instance_of(item, self._naming))
        else:
            self._put_workload(resource, name, workload_of(resource, item, self._naming))

    def drop(self, resource: Resource, item: Item) -> None:
        """Take one object that is gone."""
        name = item["metadata"]["name"]
        if resource is PODS:
            self._put_pod(name, None)
        else:
            self._put_workload(resource, name, None)

    def _replace_pods(self, items: Iterable[Item]) -> None:
        fresh: dict[str, ObservedInstance] = {}
        for item in items:
            instance = instance_of(item, self._naming)
            if instance is not None:
                name = item["metadata"]["name"]
                before = self._instances.get(name)
                fresh[name] = before if before is not None and before == instance else instance
        if fresh != self._instances:
            self._instances = fresh
            self._sorted = sorted(fresh.values(), key=_uid)
            self.number += 1

    def _put_pod(self, name: str, instance: ObservedInstance | None) -> None:
        before = self._instances.get(name)
        if before == instance:
            return
        if before is not None:
            del self._instances[name]
            del self._sorted[bisect.bisect_left(self._sorted, before.uid, key=_uid)]
        if instance is not None:
            self._instances[name] = instance
            bisect.insort(self._sorted, instance, key=_uid)
        self.number += 1

    def _put_workload(self, resource: Resource, name: str, workload: Workload | None) -> None:
        if self._workloads.get((resource, name)) == workload:
            return
        fresh = {key: each for key, each in self._workloads.items() if key != (resource, name)}
        self._set_workloads({**fresh, **({(resource, name): workload} if workload else {})})

    def _set_workloads(self, workloads: dict[tuple[Resource, str], Workload]) -> None:
        self._workloads = workloads
        versions = versions_of(workloads.values())
        if versions != self._versions:
            self._versions = versions
            self.number += 1


def _uid(instance: ObservedInstance) -> str:
    return instance.uid
