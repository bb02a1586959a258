"""Pods for the node of processes, as short as tests want to write them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def pod(*command: str, spec: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "shop-1",
            "namespace": "team",
            "uid": "1a2b3c4d-0000",
            "resourceVersion": "5",
            "labels": {"app": "shop"},
        },
        "spec": {
            "nodeName": "node",
            "containers": [{"name": "c", "command": list(command), **container}],
            **(spec or {}),
        },
    }


def eventually(holds: Callable[[], object], patience_s: float = 20.0) -> None:
    until = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < until, "did not come about in time"
        time.sleep(0.005)
