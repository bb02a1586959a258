"""What Kubernetes is asked to do: scale, restart, show a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vamp.drivers.clock.system import SystemClock
from vamp.drivers.scheduler.kubernetes.api import Absent, Json, KubernetesApi
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.pods import uid_of
from vamp.drivers.scheduler.kubernetes.resources import (
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
)
from vamp.drivers.scheduler.kubernetes.workloads import Workload, workload_of
from vamp.ports.errors import PortRefused

RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
"""What ``kubectl rollout restart`` writes too, so that each shows the other's."""


class Orders:
    """Changes workloads of one namespace. Safe between threads.

    Args:
        api: the cluster's API server.
        namespace: whose workloads.
        naming: labels that name service and version.
    """

    def __init__(self, api: KubernetesApi, namespace: str, naming: NamingLabels) -> None:
        self._api = api
        self._namespace = namespace
        self._naming = naming

    def scale(self, service: str, version: str, instances: int) -> None:
        """Write the wanted number into the scale subresource of the version's workload."""
        if instances < 0:
            raise PortRefused("fewer than no instances cannot run")
        found = self._workload(service, version)
        body = {"spec": {"replicas": instances}}
        self._api.patch(found.resource, self._namespace, found.name, body, "scale")

    def restart(self, service: str, version: str) -> None:
        """Change an annotation of the version's pods, so that all are replaced."""
        found = self._workload(service, version)
        if found.resource is REPLICA_SETS:
            raise PortRefused(
                f"replica set {found.name} cannot be restarted: Kubernetes replaces the pods of a"
                " Deployment or a StatefulSet only"
            )
        annotation = {RESTARTED_AT: SystemClock().now().isoformat()}
        body = {"spec": {"template": {"metadata": {"annotations": annotation}}}}
        self._api.patch(found.resource, self._namespace, found.name, body)

    def logs(self, uid: str, *, lines: int) -> Sequence[str]:
        """Return the last lines of the pod's first container."""
        name, container = self._pod(uid)
        if lines <= 0:
            return []
        query = {"tailLines": str(lines), "container": container}
        return self._api.text(PODS, self._namespace, name, "log", query).splitlines()

    def _workload(self, service: str, version: str) -> Workload:
        found = [
            workload
            for resource in (DEPLOYMENTS, STATEFUL_SETS, REPLICA_SETS)
            for item in self._api.list(resource, self._namespace).items
            if (workload := workload_of(resource, item, self._naming)) is not None
            and workload.key == (service, version)
            and workload.controller is None
        ]
        if not found:
            raise PortRefused(
                f"nothing in namespace {self._namespace} can be asked for version {version} of"
                f" service {service}: no Deployment or StatefulSet has it in its pods' labels"
            )
        if len(found) > 1:
            names = ", ".join(f"{each.resource.plural}/{each.name}" for each in found)
            raise PortRefused(
                f"version {version} of service {service} is kept by several workloads ({names}):"
                " give each its own version label, or use kubectl"
            )
        return found[0]

    def _pod(self, uid: str) -> tuple[str, str]:
        """Return name and first container of the pod that `pods.uid_of` names so."""
        name = uid.rpartition(".")[0]
        pods: Sequence[Json] = []
        if name and "/" not in uid and "\0" not in uid:
            try:
                pods = [self._api.get(PODS, self._namespace, name)]
            except Absent:
                pods = []
        elif uid.isascii() and uid.replace("-", "").isalnum():
            pods = self._api.list(PODS, self._namespace).items
        for pod in pods:
            meta, spec = pod["metadata"], pod["spec"]
            if uid_of(meta["name"], meta["uid"]) == uid:
                return meta["name"], spec["containers"][0]["name"]
        raise PortRefused(f"there is no instance {uid!r}")
