"""Pods and workloads as an API server gives them, as short as tests want to write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SINCE = "2026-03-01T12:00:00Z"
LABELS = {"app": "shop", "version": "1.0.0"}


def pod(
    name: str = "shop-1",
    *,
    uid: str = "1a2b3c4d-0000-0000-0000-000000000000",
    labels: Mapping[str, str] | None = None,
    ready: bool = True,
    ip: str = "10.0.0.1",
    version: str = "11",
    **meta: Any,
) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "team",
            "uid": uid,
            "labels": dict(LABELS if labels is None else labels),
            "resourceVersion": version,
            "creationTimestamp": "2026-03-01T11:00:00Z",
            **meta,
        },
        "spec": {
            "nodeName": "node",
            "containers": [{"name": "c", "ports": [{"containerPort": 8080}]}],
        },
        "status": {
            "phase": "Running",
            "podIP": ip,
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if ready else "False",
                    "lastTransitionTime": SINCE,
                }
            ],
            "containerStatuses": [
                {"name": "c", "restartCount": 2, "state": {"running": {"startedAt": SINCE}}}
            ],
        },
    }


def workload(
    name: str = "shop",
    *,
    labels: Mapping[str, str] | None = None,
    replicas: int = 2,
    owner: str = "",
    version: str = "11",
    **meta: Any,
) -> dict[str, Any]:
    owners = [{"kind": "Deployment", "name": owner, "controller": True}] if owner else []
    return {
        "metadata": {
            "name": name,
            "resourceVersion": version,
            "labels": {"team": "web"},
            "ownerReferences": owners,
            **meta,
        },
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": dict(LABELS if labels is None else labels)}},
        },
    }
