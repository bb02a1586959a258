"""What the node tells the API server about itself and its pods. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vamp.demo.kubernetes.plan import Plan

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Attributes:
        code: exit status, 128 + signal where a signal ended it.
        started_at: when it had begun; ended_at: when it was over.
    """

    code: int
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Running:
    """What is the case with a pod.

    Attributes:
        address: its own.
        started_at: when its process began; None while none runs.
        is_ready: may it receive traffic; since: when that last changed.
        restarts: how often it was started again.
        last: how the process before ended; None for the first.
        waiting: (reason, message) why none runs; None while one does.
        unready: why it is not ready.
    """

    address: str
    started_at: datetime | None
    is_ready: bool
    since: datetime
    restarts: int = 0
    last: Ended | None = None
    waiting: tuple[str, str] | None = None
    unready: str = ""


def pod_status(uid: str, plan: Plan | None, container: str, now: Running) -> Json:
    """Return a strategic merge patch of a pod's status.

    Args:
        uid: of the pod; the API server refuses the patch for another pod of that name.
        plan: what is run; None where it cannot be.
        container: its name.
        now: what is the case.
    """
    ready = _yes(now.is_ready)
    message: Json = {"reason": None, "message": None}
    if now.unready:
        message = {"reason": "ContainersNotReady", "message": now.unready}
    conditions = [
        {"type": "PodReadyToStartContainers", "status": "True"},
        {"type": "Initialized", "status": "True"},
        {"type": "ContainersReady", "status": ready, "lastTransitionTime": stamp(now.since)}
        | message,
        {"type": "Ready", "status": ready, "lastTransitionTime": stamp(now.since)} | message,
    ]
    state: Json
    if now.started_at is not None:
        state = {"running": {"startedAt": stamp(now.started_at)}}
    else:
        reason, text = now.waiting or ("ContainerCreating", "")
        state = {"waiting": {"reason": reason, "message": text}}
    statuses = {
        "name": container,
        "image": plan.image if plan else "",
        "imageID": "",
        "ready": now.is_ready,
        "started": now.started_at is not None,
        "restartCount": now.restarts,
        "state": state,
        "lastState": {"terminated": _terminated(now.last)} if now.last else {},
    }
    return {
        "metadata": {"uid": uid},
        "status": {
            "phase": "Pending" if plan is None else "Running",
            "conditions": conditions,
            "containerStatuses": [statuses],
            "hostIP": "127.0.0.1",
            "podIP": now.address,
            "podIPs": [{"ip": now.address}],
        },
    }


def finished_status(uid: str, plan: Plan, last: Ended) -> Json:
    """Return the patch for a pod that ended and is not started again."""
    phase = "Succeeded" if last.code == 0 else "Failed"
    statuses = {
        "name": plan.container,
        "image": plan.image,
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": _terminated(last)},
    }
    ready = {"status": "False", "lastTransitionTime": stamp(last.ended_at)}
    conditions = [{"type": "Ready"} | ready, {"type": "ContainersReady"} | ready]
    return {
        "metadata": {"uid": uid},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": [statuses]},
    }


def stamp(moment: datetime) -> str:
    """Write a moment as the API server's times are written: whole seconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(moment: datetime) -> str:
    """Write a moment as leases hold it: microseconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _terminated(last: Ended) -> Json:
    return {
        "exitCode": last.code,
        "reason": "Completed" if last.code == 0 else "Error",
        "startedAt": stamp(last.started_at),
        "finishedAt": stamp(last.ended_at),
    }


def _yes(is_so: bool) -> str:
    return "True" if is_so else "False"
