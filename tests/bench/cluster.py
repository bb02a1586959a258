"""A namespace of the stack's Kubernetes, filled with as many pods as a bench wants."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.bench.rows import COPIES
from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.driver import KubernetesScheduler
from vamp.drivers.scheduler.kubernetes.kubeconfig import api_from
from vamp.drivers.scheduler.kubernetes.resources import PODS, Resource
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused

NAMESPACES: Final = Resource("namespaces")
NODES: Final = Resource("nodes")
FAKE: Final = {"labelSelector": "type=kwok"}
WORKERS: Final = 8
WAIT_S: Final = 600.0


def administrator() -> KubernetesApi:
    """Open the cluster."""
    return api_from(Path(os.environ["VAMP_STACK_KUBECONFIG"]))


@contextmanager
def namespace(api: KubernetesApi) -> Iterator[str]:
    """Make a namespace, and delete it with all that is in it."""
    name = f"vamp-bench-{secrets.token_hex(4)}"
    api.create(NAMESPACES, "", {"metadata": {"name": name}})
    try:
        yield name
    finally:
        api.delete(NAMESPACES, "", name, {})


def scheduler_of(name: str) -> KubernetesScheduler:
    """Open the driver for a namespace, as an environment would."""
    parts = urlsplit(os.environ["VAMP_STACK_KUBERNETES_ADDR"])
    token = Path(os.environ["VAMP_STACK_KUBERNETES_TOKEN_FILE"]).read_text().strip()
    ca = Path(os.environ["VAMP_STACK_KUBERNETES_CA_FILE"]).read_text()
    return KubernetesScheduler.from_dsn(
        Dsn.parse(f"kubernetes://{parts.netloc}"),
        namespace=name,
        service_label="app",
        version_label="version",
        secret=json.dumps({"token": token, "ca": ca}),
    )


def fill(api: KubernetesApi, name: str, count: int, tell: Callable[[str], None]) -> None:
    """Make `count` pods on fake nodes, `COPIES` a version, and wait until all are ready.

    Raises:
        TimeoutError: they are not.
    """
    nodes = [each["metadata"]["name"] for each in api.list(NODES, "", FAKE).items]
    _create(api, name, _pod(0, nodes))  # waits for the namespace's account too
    tell(f"making {count} pods")
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda number: _create(api, name, _pod(number, nodes)), range(1, count)))
    scheduler, until = scheduler_of(name), time.monotonic() + WAIT_S
    while (ready := sum(one.is_ready for one in scheduler.snapshot().instances)) < count:
        if time.monotonic() > until:
            raise TimeoutError(f"{ready} of {count} pods are ready")
        tell(f"{ready} of {count} pods are ready")
        time.sleep(2)


def _create(api: KubernetesApi, name: str, body: dict[str, Any]) -> None:
    until = time.monotonic() + WAIT_S
    while True:
        try:
            api.create(PODS, name, body)
        except PortRefused:  # the namespace's account is not made yet
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _pod(number: int, nodes: list[str]) -> dict[str, Any]:
    service, version = f"service-{number // (2 * COPIES)}", f"1.{number // COPIES % 2}.0"
    labels = {"app": service, "version": version, "tier": "front", "team": "web"}
    container = {"name": "service", "image": "none", "ports": [{"containerPort": 8080}]}
    return {
        "metadata": {"name": f"pod-{number}", "labels": labels},
        "spec": {
            "nodeName": nodes[number % len(nodes)],
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [container],
        },
    }
