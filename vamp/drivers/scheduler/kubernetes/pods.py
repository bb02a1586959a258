"""A pod as the port sees it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.ports.scheduler import ObservedInstance

PORT_ANNOTATION: Final = "vamp.io/port"
HTTP_PORT: Final = "http"

_LONGEST_UID: Final = 191
_LONGEST_REASON: Final = 255
_ENDED: Final = frozenset({"Succeeded", "Failed"})
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

Pod = Mapping[str, Any]


def instance_of(pod: Pod, naming: NamingLabels) -> ObservedInstance | None:
    """Return the pod as an instance.

    None for a pod without the naming labels, and for one that ended for good (a Job's, or one
    that was evicted): nothing starts that again.
    """
    meta, status = pod["metadata"], pod.get("status") or {}
    labels = meta.get("labels") or {}
    key = naming.key(labels)
    if key is None or status.get("phase") in _ENDED:
        return None
    host, port = status.get("podIP") or "", port_of(pod)
    ready = _condition(status, "Ready")
    reason = _reason(pod, ready, host, port)
    return ObservedInstance(
        uid=uid_of(meta["name"], meta["uid"]),
        service=key[0],
        version=key[1],
        host=host,
        port=port,
        is_ready=not reason,
        since=_since(meta, ready),
        restarts=sum(each.get("restartCount", 0) for each in _container_statuses(status)),
        reason=reason[:_LONGEST_REASON],
        labels=labels,
    )


def uid_of(name: str, uid: str) -> str:
    """Return ``name.1a2b3c4d``: readable, and another one for a later pod of the same name."""
    readable = f"{name}.{uid[:8]}"
    return readable if len(readable) <= _LONGEST_UID else uid


def port_of(pod: Pod) -> int:
    """Return the port to send requests to; 0 where the pod declares none, or a wrong one."""
    annotated = (pod["metadata"].get("annotations") or {}).get(PORT_ANNOTATION)
    if annotated is not None:
        is_port = annotated.isdecimal() and annotated.isascii() and 1 <= int(annotated) <= 65_535
        return int(annotated) if is_port else 0
    declared = [
        port
        for container in pod["spec"].get("containers") or []
        for port in container.get("ports") or []
        if port.get("protocol", "TCP") == "TCP"
    ]
    named = [port for port in declared if port.get("name") == HTTP_PORT]
    return int((named or declared)[0]["containerPort"]) if declared else 0


def moment(text: str) -> datetime:
    """Read an RFC 3339 time as Kubernetes writes it; whole seconds, UTC."""
    return datetime.fromisoformat(text)


def _since(meta: Mapping[str, Any], ready: Mapping[str, Any]) -> datetime:
    """Return when readiness last changed.

    A pod is unready from the moment at which somebody asks for its end, whatever its condition
    says: `deletionTimestamp` is that moment plus the time it is given.
    """
    if "deletionTimestamp" in meta:
        given = timedelta(seconds=meta.get("deletionGracePeriodSeconds") or 0)
        return moment(meta["deletionTimestamp"]) - given
    text = ready.get("lastTransitionTime") or meta.get("creationTimestamp")
    return moment(text) if text else _BEGINNING


def _reason(pod: Pod, ready: Mapping[str, Any], host: str, port: int) -> str:
    """Say why the pod may not receive traffic; nothing where it may."""
    status = pod.get("status") or {}
    if "deletionTimestamp" in pod["metadata"]:
        return "is being stopped"
    if ready.get("status") != "True":
        return _unready(status, ready)
    if not host:
        return "has no address yet"
    if not port:
        return f"names no port: declare a container port, or set the annotation {PORT_ANNOTATION}"
    return ""


def _unready(status: Mapping[str, Any], ready: Mapping[str, Any]) -> str:
    for container in _container_statuses(status):
        state = container.get("state") or {}
        if waiting := state.get("waiting"):
            return _words(waiting.get("reason", "waits"), waiting.get("message", ""))
        if ended := state.get("terminated"):
            return f"container {container.get('name')} ended with {ended.get('exitCode')}"
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return _words(scheduled.get("reason", "not scheduled"), scheduled.get("message", ""))
    if status.get("phase") == "Running":
        return str(ready.get("message") or "its readiness probe fails")
    return "starts"


def _words(reason: str, message: str) -> str:
    return f"{reason}: {message}" if message else reason


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    for condition in status.get("conditions") or []:
        if condition.get("type") == kind:
            found: Mapping[str, Any] = condition
            return found
    return {}


def _container_statuses(status: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for field in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(field) or []:
            if field == "containerStatuses" or not _is_done(each):
                yield each


def _is_done(init: Mapping[str, Any]) -> bool:
    """Tell whether an init container ended well: its end is no reason then."""
    ended = (init.get("state") or {}).get("terminated") or {}
    return bool(ended.get("exitCode") == 0)
