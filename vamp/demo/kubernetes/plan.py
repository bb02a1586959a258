"""A pod as a process of this machine: what to start, and how to ask whether it is ready. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_VARIABLE: Final = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_ANNOTATION: Final = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")

Pod = Mapping[str, Any]


class NotRunnable(Exception):
    """The pod asks for something that this node does not do; the message says what."""


@dataclass(frozen=True, slots=True)
class Probe:
    """How to ask whether a container is ready.

    Attributes:
        port: where; path: what to GET, empty for a mere connection.
        headers: of the request.
        initial_delay_s: before the first one.
        period_s: between two, once it has been ready.
        timeout_s: of each.
        failures: so many in a row make it unready.
        successes: so many in a row make it ready.
    """

    port: int
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    initial_delay_s: float = 0.0
    period_s: float = 10.0
    timeout_s: float = 1.0
    failures: int = 3
    successes: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        container: its name; image: what the manifest says, never fetched.
        command: program and arguments.
        variables: of the container; the node adds its own below them.
        directory: working directory, empty for the node's.
        probe: None for a pod that is ready once it runs.
        drain_s: seconds between being asked to stop and SIGTERM (``preStop: {sleep: …}``).
        restarts: is it started again when it ends well; it always is when it fails.
    """

    container: str
    image: str
    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""
    probe: Probe | None = None
    drain_s: float = 0.0
    restarts: bool = True


def plan_of(pod: Pod, *, address: str) -> Plan:
    """Read what a pod wants.

    Args:
        pod: as the API server gives it.
        address: that the pod is given.

    Raises:
        NotRunnable: it has other than one container, or parts that only a real node can do.
    """
    spec = pod["spec"]
    containers = spec.get("containers") or []
    if len(containers) != 1 or spec.get("initContainers"):
        raise NotRunnable("this node runs pods with exactly one container and no init container")
    (container,) = containers
    if not container.get("command"):
        raise NotRunnable("this node fetches no image: give the container a command")
    if container.get("envFrom"):
        raise NotRunnable("this node does not read config maps or secrets (envFrom)")
    variables = _variables(container.get("env") or [], pod, address)
    words = [*container["command"], *(container.get("args") or [])]
    sleep = ((container.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
    return Plan(
        container=container["name"],
        image=container.get("image", ""),
        command=[_filled(word, variables) for word in words],
        variables=variables,
        directory=container.get("workingDir", ""),
        probe=_probe(container),
        drain_s=float(sleep.get("seconds", 0)),
        restarts=spec.get("restartPolicy", "Always") == "Always",
    )


def _variables(listed: Sequence[Mapping[str, Any]], pod: Pod, address: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in listed:
        source = each.get("valueFrom")
        if source is None:
            found[each["name"]] = _filled(each.get("value", ""), found)
        elif "fieldRef" in source:
            found[each["name"]] = _field(source["fieldRef"]["fieldPath"], pod, address)
        else:
            raise NotRunnable(f"this node cannot fill the variable {each['name']}: use a fieldRef")
    return found


def _field(path: str, pod: Pod, address: str) -> str:
    meta = pod["metadata"]
    plain = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta["uid"],
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "status.podIP": address,
        "status.hostIP": "127.0.0.1",
    }
    if path in plain:
        return str(plain[path])
    if match := _ANNOTATION.fullmatch(path):
        return str((meta.get(match[1]) or {}).get(match[2], ""))
    raise NotRunnable(f"this node does not know the field {path}")


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """Fill in ``$(NAME)`` as Kubernetes does; unknown names stay, ``$$`` is one dollar."""

    def fill(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return _VARIABLE.sub(fill, text)


def _probe(container: Mapping[str, Any]) -> Probe | None:
    asked = container.get("readinessProbe")
    if not asked:
        return None
    http = asked.get("httpGet")
    target = http or asked.get("tcpSocket")
    if not target or (http and http.get("scheme", "HTTP") != "HTTP"):
        raise NotRunnable("this node's readiness probes are httpGet without TLS, and tcpSocket")
    return Probe(
        port=_port(target["port"], container),
        path=http.get("path", "/") if http else "",
        headers={each["name"]: each["value"] for each in (http or {}).get("httpHeaders") or []},
        initial_delay_s=float(asked.get("initialDelaySeconds", 0)),
        period_s=float(asked.get("periodSeconds", 10)),
        timeout_s=float(asked.get("timeoutSeconds", 1)),
        failures=int(asked.get("failureThreshold", 3)),
        successes=int(asked.get("successThreshold", 1)),
    )


def _port(port: int | str, container: Mapping[str, Any]) -> int:
    if isinstance(port, int):
        return port
    for each in container.get("ports") or []:
        if each.get("name") == port:
            return int(each["containerPort"])
    raise NotRunnable(f"the readiness probe asks a port {port} that the container does not name")
