"""The demonstration's versions as Deployments of a namespace."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

from vamp.demo.documents import ROOT, SERVICE, DemoVersion
from vamp.demo.kubernetes.registration import NODE_LABEL
from vamp.drivers.clock.system import SystemClock
from vamp.drivers.scheduler.kubernetes.api import Absent, KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, PODS

Json = dict[str, Any]

PORT: Final = 8080
"""Every pod has an address of its own, so all take the same port."""

DRAIN_S: Final = 2
"""Seconds that a pod goes on serving once it is to end, so that gateways learn of it first."""

RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
"""The annotation by which ``kubectl rollout restart`` replaces every pod."""


class KubernetesWorkloads:
    """Implements `vamp.demo.workloads.Workloads` with pods that a local node runs as processes.

    Args:
        api: the cluster.
        namespace: that belongs to the environment; it is there already.
        scheduler_url: by which Vamp reaches the cluster.
    """

    def __init__(self, api: KubernetesApi, namespace: str, scheduler_url: str) -> None:
        self._api = api
        self._namespace = namespace
        self._scheduler_url = scheduler_url

    @property
    def scheduler_url(self) -> str:
        """See `Workloads`."""
        return self._scheduler_url

    def run(self, versions: Sequence[DemoVersion]) -> None:
        """See `Workloads`.

        Raises:
            PortError: the cluster does not answer, or refuses.
        """
        wanted = {_name(each): deployment(each) for each in versions}
        held = self._api.list(DEPLOYMENTS, self._namespace, {"labelSelector": f"app={SERVICE}"})
        present = {each["metadata"]["name"] for each in held.items}
        for name in sorted(present - wanted.keys()):
            self._api.delete(DEPLOYMENTS, self._namespace, name, {})
        for name, document in wanted.items():
            if name in present:
                self._api.patch(DEPLOYMENTS, self._namespace, name, document)
            else:
                self._api.create(DEPLOYMENTS, self._namespace, document)

    def disturb(self, versions: Sequence[DemoVersion]) -> str:
        """Scale the first version up, replace all pods of the last, and delete one of the first.

        Raises:
            PortError: the cluster does not answer, or refuses.
        """
        first, last = versions[0], versions[-1]
        replicas = first.instances + 1
        self._api.patch(
            DEPLOYMENTS, self._namespace, _name(first), {"spec": {"replicas": replicas}}, "scale"
        )
        at = SystemClock().now().isoformat()
        template = {"metadata": {"annotations": {RESTARTED_AT: at}}}
        self._api.patch(DEPLOYMENTS, self._namespace, _name(last), {"spec": {"template": template}})
        gone = self._delete_one(first)
        return (
            f"scaled {SERVICE} {first.version} to {replicas}, restarted every pod of "
            f"{last.version}, deleted pod {gone}"
        )

    def _delete_one(self, version: DemoVersion) -> str:
        pods = self._api.list(
            PODS, self._namespace, {"labelSelector": f"app={SERVICE},version={version.version}"}
        )
        for pod in pods.items:
            if "deletionTimestamp" not in pod["metadata"]:
                try:
                    self._api.delete(PODS, self._namespace, pod["metadata"]["name"], {})
                except Absent:  # it ended meanwhile
                    continue
                return str(pod["metadata"]["name"])
        return "none"


def deployment(version: DemoVersion) -> Json:
    """Return the Deployment of a version. Pure."""
    labels = {"app": SERVICE, "version": version.version}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": _name(version), "labels": labels},
        "spec": {
            "replicas": version.instances,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": labels}, "spec": _pod(version)},
        },
    }


def _pod(version: DemoVersion) -> Json:
    arguments = ["--service", SERVICE, "--version", version.version]
    return {
        "nodeSelector": {NODE_LABEL: "true"},
        "tolerations": [{"key": NODE_LABEL, "operator": "Exists"}],
        "terminationGracePeriodSeconds": 10,
        "containers": [
            {
                "name": SERVICE,
                "image": f"{SERVICE}:{version.version}",
                "command": [sys.executable, "-m", "vamp.demo.service"],
                "args": [*arguments, "--fail", str(version.fail_share)],
                "env": [
                    {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    {"name": "PORT", "value": str(PORT)},
                    {"name": "PYTHONPATH", "value": str(ROOT)},
                ],
                "ports": [{"name": "http", "containerPort": PORT}],
                "readinessProbe": {
                    "httpGet": {"path": "/healthz", "port": "http"},
                    "periodSeconds": 1,
                },
                "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_S}}},
            }
        ],
    }


def _name(version: DemoVersion) -> str:
    return f"{SERVICE}-{version.version.replace('.', '-')}"
