"""Nodes that are not there: kwok says that they are ready and that their pods run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.stack.errors import NotReady
from deploy.stack.http import Api

COUNT = 4
PODS_EACH = 5_000
"""Twice the 10,000 pods of the largest bench: a rolling update has more at times."""

LEASE_S = 40
"""As kubelets have it: a node that has not renewed its lease for so long is not ready."""

ANNOTATION = "kwok.x-k8s.io/node"
SELECTOR = f"{ANNOTATION}=fake"
"""Only nodes so marked are kwok's; others may join that run real processes."""

CONFLICT = 409
CREATED = 201


def node(number: int) -> Mapping[str, Any]:
    """Return the manifest of the fake node with this number, counted from 0."""
    name = f"fake-{number}"
    room = {"cpu": "1000", "memory": "1000Gi", "pods": str(PODS_EACH)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {ANNOTATION: "fake"},
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"},
        },
        # Addresses of pods are drawn from here; a /16 each has room for all of them.
        "spec": {"podCIDR": f"10.{200 + number}.0.0/16", "podCIDRs": [f"10.{200 + number}.0.0/16"]},
        "status": {"allocatable": room, "capacity": room},
    }


def create(api: Api) -> None:
    """Create those that are not there yet.

    Raises:
        NotReady: the API server refused for now.
    """
    for number in range(COUNT):
        answer = api.ask("POST", "/api/v1/nodes", node(number))
        if answer.status not in (CREATED, CONFLICT):
            raise NotReady(f"node {number}: {answer.status} {answer.body}")


def must_be_ready(api: Api) -> None:
    """See that kwok reports a node as ready.

    Raises:
        NotReady: none is.
    """
    nodes = api.do("GET", "/api/v1/nodes?labelSelector=type%3Dkwok")["items"]
    for each in nodes:
        for condition in each["status"].get("conditions", ()):
            if condition["type"] == "Ready" and condition["status"] == "True":
                return
    raise NotReady(f"none of {len(nodes)} fake nodes is ready")
