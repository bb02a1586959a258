"""The node's place in the cluster: its object, and the lease that says that it lives."""

from __future__ import annotations

import threading
from typing import Any, Final

from vamp.demo.kubernetes.status import micro_stamp, stamp
from vamp.drivers.clock.system import SystemClock
from vamp.drivers.scheduler.kubernetes.api import Absent, KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import Resource
from vamp.ports.errors import PortError, RevisionConflict

NODES: Final = Resource("nodes")
LEASES: Final = Resource("leases", "coordination.k8s.io")

NODE_LABEL: Final = "vamp.io/local-processes"
"""Label and taint of the node: only pods that select and tolerate it come here."""

_LEASE_NAMESPACE: Final = "kube-node-lease"
_LEASE_S: Final = 40
_BEAT_S: Final = 10.0
_AGAIN_S: Final = 1.0
_ROOM: Final = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "100Gi"}

_READY: Final = {
    "type": "Ready",
    "status": "True",
    "reason": "ProcessesRun",
    "message": "pods are processes of one machine; for demonstrations and tests",
}


class Registration:
    """Keeps the node known and alive, in a thread of its own.

    Args:
        api: the API server.
        name: of the node.
        log_port: where the node answers for logs.
    """

    def __init__(self, api: KubernetesApi, name: str, log_port: int) -> None:
        self._api = api
        self._name = name
        self._log_port = log_port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def begin(self) -> None:
        """Make the node, and keep it alive from now on.

        Raises:
            PortError: the API server refused, or does not answer.
        """
        self._register()
        self._renew()
        self._thread.start()

    def end(self) -> None:
        """Take the node out of the cluster; its pods are then collected by the cluster."""
        self._stop.set()
        self._thread.join()
        for resource, namespace in ((LEASES, _LEASE_NAMESPACE), (NODES, "")):
            try:
                self._api.delete(resource, namespace, self._name, {})
            except PortError:
                continue  # it is gone, or cannot be told; the lease runs out by itself

    def _register(self) -> None:
        try:
            self._api.create(NODES, "", self._node())
        except RevisionConflict:  # it was here before
            body = {"status": self._status()}
            self._api.patch(NODES, "", self._name, body, "status", kind="strategic-merge")

    def _beat(self) -> None:
        wait_s = _BEAT_S
        while not self._stop.wait(wait_s):
            try:
                self._renew()
                self._show_ready()
                wait_s = _BEAT_S
            except PortError:
                # Whatever it is: an API server that begins says no to everybody for a moment.
                wait_s = _AGAIN_S

    def _show_ready(self) -> None:
        """Write the node's condition anew: the cluster takes it away when leases stay out."""
        beat = {"lastHeartbeatTime": stamp(SystemClock().now())}
        body = {"status": {"conditions": [_READY | beat]}}
        try:
            self._api.patch(NODES, "", self._name, body, "status", kind="strategic-merge")
        except Absent:
            self._register()

    def _renew(self) -> None:
        spec = {
            "holderIdentity": self._name,
            "leaseDurationSeconds": _LEASE_S,
            "renewTime": micro_stamp(SystemClock().now()),
        }
        try:
            self._api.patch(LEASES, _LEASE_NAMESPACE, self._name, {"spec": spec})
        except Absent:
            lease = {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self._name},
                "spec": spec,
            }
            self._api.create(LEASES, _LEASE_NAMESPACE, lease)

    def _node(self) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": self._name,
                "labels": {
                    NODE_LABEL: "true",
                    "kubernetes.io/hostname": self._name,
                    "kubernetes.io/os": "linux",
                },
            },
            "spec": {"taints": [{"key": NODE_LABEL, "value": "true", "effect": "NoSchedule"}]},
            "status": self._status(),
        }

    def _status(self) -> dict[str, Any]:
        now = stamp(SystemClock().now())
        return {
            "capacity": _ROOM,
            "allocatable": _ROOM,
            # No name: the API server would ask for logs there, and nothing resolves it.
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._log_port}},
            "nodeInfo": _information(),
            "conditions": [
                _READY | {"lastHeartbeatTime": now, "lastTransitionTime": now},
            ],
        }


def _information() -> dict[str, str]:
    named = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "kubeProxyVersion")
    return {
        **dict.fromkeys(named, ""),
        "containerRuntimeVersion": "processes://1",
        "kubeletVersion": "vamp-demonstration",
        "operatingSystem": "linux",
        "architecture": "amd64",
    }
