"""Opening the cluster that a kubeconfig file names."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.credentials import Credentials, FixedToken


def api_from(path: Path) -> KubernetesApi:
    """Open the present context's cluster; tokens and client certificates are understood.

    Raises:
        ValueError: the file names no cluster, or another way to log in.
        OSError: it, or a file that it names, cannot be read.
    """
    config = yaml.safe_load(path.read_text())
    try:
        contexts = config["contexts"]
        context = _named(contexts, config.get("current-context") or contexts[0]["name"], "context")
        cluster = _named(config["clusters"], context["cluster"], "cluster")
        user = _named(config["users"], context["user"], "user")
        address = str(cluster["server"])
    except (KeyError, TypeError, IndexError, AttributeError, StopIteration):
        raise ValueError(f"{path} is no kubeconfig with a context that is complete") from None
    given = Credentials(
        token=_text(user, "token", path).strip(),
        ca=_text(cluster, "certificate-authority", path),
        certificate=_text(user, "client-certificate", path),
        key=_text(user, "client-key", path),
    )
    tls = given.tls() if address.startswith("https:") else None
    return KubernetesApi(address.rstrip("/"), token=FixedToken(given.token), tls=tls)


def _named(entries: Any, name: str, kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(each for each in entries if each["name"] == name)[kind]
    return found


def _text(entry: Mapping[str, Any], key: str, path: Path) -> str:
    """Return what stands in the file itself, in base64 beside it, or in a file that is named."""
    if data := entry.get(f"{key}-data"):
        return base64.b64decode(data).decode()
    value = str(entry.get(key) or "")
    if key == "token":
        file = entry.get("tokenFile")
        return value or ((path.parent / file).read_text() if file else "")
    return (path.parent / value).read_text() if value else ""
