"""The stack's Kubernetes as tests use it: a namespace of their own, and pods that answer."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.vamp.drivers.scheduler.kubernetes.relay import Relay
from vamp.demo.kubernetes.node import LocalNode
from vamp.demo.kubernetes.registration import NODE_LABEL
from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.credentials import Credentials, FixedToken
from vamp.drivers.scheduler.kubernetes.driver import KubernetesScheduler
from vamp.drivers.scheduler.kubernetes.pods import uid_of
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, Resource
from vamp.dsn import Dsn
from vamp.ports.scheduler import Scheduler

SERVICE = Path(__file__).parent.parent / "local/service.py"
NAMESPACES = Resource("namespaces")
PORT = 8080


@cache
def secret() -> str:
    """The cluster administrator's credentials, as an environment would store them."""
    token = Path(os.environ["VAMP_STACK_KUBERNETES_TOKEN_FILE"]).read_text().strip()
    ca = Path(os.environ["VAMP_STACK_KUBERNETES_CA_FILE"]).read_text()
    return json.dumps({"token": token, "ca": ca})


def server() -> tuple[str, int]:
    """Host and port of the API server."""
    parts = urlsplit(os.environ["VAMP_STACK_KUBERNETES_ADDR"])
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


@cache
def administrator() -> KubernetesApi:
    host, port = server()
    given = Credentials.parse(secret())
    return KubernetesApi(f"https://{host}:{port}", token=FixedToken(given.token), tls=given.tls())


def scheduler_of(namespace: str, port: int | None = None) -> KubernetesScheduler:
    """Open the driver for a namespace, through another port than the API server's if given."""
    host, own_port = server()
    return KubernetesScheduler.from_dsn(
        Dsn.parse(f"kubernetes://{host}:{port or own_port}"),
        namespace=namespace,
        service_label="app",
        version_label="version",
        secret=secret(),
    )


def new_namespace() -> str:
    name = f"vamp-test-{secrets.token_hex(4)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    administrator().create(NAMESPACES, "", body)
    return name


def delete_namespace(name: str) -> None:
    administrator().delete(NAMESPACES, "", name, {})


def deployment(
    name: str,
    labels: Mapping[str, str],
    *,
    node: str,
    replicas: int,
    command: list[str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A Deployment whose pods run on the node of processes, with a probe of ``/health``."""
    host = {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
    container = {
        "name": "service",
        "image": "none",
        "command": command or ["true"],
        "env": [host, *({"name": n, "value": v} for n, v in (variables or {}).items())],
        "ports": [{"name": "http", "containerPort": PORT}],
        "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
        "readinessProbe": {
            "httpGet": {"path": "/health", "port": "http"},
            "periodSeconds": 1,
            "failureThreshold": 1,
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"deployment": name}},
            "template": {
                "metadata": {"labels": {**labels, "deployment": name}},
                "spec": {
                    "nodeSelector": {NODE_LABEL: "true", "kubernetes.io/hostname": node},
                    "tolerations": [{"key": NODE_LABEL, "operator": "Exists"}],
                    "terminationGracePeriodSeconds": 3,
                    "containers": [container],
                },
            },
        },
    }


class NodeOfProcesses:
    """A node in this process, for as long as a test session needs it."""

    def __init__(self, folder: Path) -> None:
        self._stop = threading.Event()
        self.name = f"test-{secrets.token_hex(4)}"
        self._node = LocalNode(administrator(), self.name, folder)
        self._thread = threading.Thread(target=self._node.run, args=(self._stop,))
        self._thread.start()

    def pid_of(self, uid: str) -> int:
        """Return the process id of the pod that the driver calls `uid`."""
        for run in list(self._node._runs.values()):
            meta = run.pod["metadata"]
            if uid_of(meta["name"], meta["uid"]) == uid:
                assert run._process is not None
                return run._process.pid
        raise AssertionError(f"{uid} does not run here")

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


class KubernetesPlace:
    """A namespace, and the small HTTP service in Deployments; see `tests/contracts`."""

    resolution = timedelta(seconds=1)

    def __init__(self, folder: Path, node: NodeOfProcesses) -> None:
        self.folder = folder
        self.node = node
        self.relay = Relay(*server())
        self.namespace = new_namespace()
        self.scheduler: Scheduler = scheduler_of(self.namespace, self.relay.port)

    def define(
        self, service: str, version: str, *, instances: int, labels: Mapping[str, str] | None = None
    ) -> None:
        body = deployment(
            _name(service, version),
            {"app": service, "version": version, **(labels or {})},
            node=self.node.name,
            replicas=instances,
            command=[sys.executable, "-S", "-E", str(SERVICE), str(PORT), str(self.folder)],
            variables={"VAMP_VERSION": version},
        )
        administrator().create(DEPLOYMENTS, self.namespace, body)

    def undefine(self, service: str, version: str) -> None:
        options = {"propagationPolicy": "Background"}
        administrator().delete(DEPLOYMENTS, self.namespace, _name(service, version), options)

    def crash(self, uid: str) -> None:
        os.kill(self.node.pid_of(uid), signal.SIGKILL)

    def make_unready(self) -> None:
        (self.folder / "sick").touch()

    def make_ready(self) -> None:
        (self.folder / "sick").unlink()

    def lose(self) -> None:
        self.relay.close()

    def close(self) -> None:
        self.relay.close()
        delete_namespace(self.namespace)


def _name(service: str, version: str) -> str:
    return f"{service}-{version}".replace(".", "-")
