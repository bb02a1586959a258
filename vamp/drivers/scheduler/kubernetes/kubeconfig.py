"""What a kubeconfig says: which cluster its present context names, and what opens it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.credentials import Credentials, FixedToken


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The present context of a kubeconfig; tokens and client certificates are understood.

    Attributes:
        address: of the API server, ``https://host:port``.
        credentials: what opens it.
    """

    address: str
    credentials: Credentials = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, folder: Path | None = None) -> Kubeconfig:
        """Read a kubeconfig's text.

        Args:
            text: YAML.
            folder: where files that it names lie. None refuses such files: a text that somebody
                sent must not make us read files of this machine.

        Raises:
            ValueError: it names no cluster, or logs in another way. Nothing of it is repeated.
            OSError: a file that it names cannot be read.
        """
        try:
            config = yaml.safe_load(text)
            contexts = config["contexts"]
            present = config.get("current-context") or contexts[0]["name"]
            context = _named(contexts, present, "context")
            cluster = _named(config["clusters"], context["cluster"], "cluster")
            user = _named(config["users"], context["user"], "user")
            address = str(cluster["server"])
        except (yaml.YAMLError, KeyError, TypeError, IndexError, AttributeError, StopIteration):
            raise ValueError("no kubeconfig with a context that is complete") from None
        if "exec" in user or "auth-provider" in user:
            raise ValueError("its user logs in by a program; give one with a token or certificate")
        given = Credentials(
            token=_text(user, "token", folder).strip(),
            ca=_text(cluster, "certificate-authority", folder),
            certificate=_text(user, "client-certificate", folder),
            key=_text(user, "client-key", folder),
        )
        return cls(address.rstrip("/"), given)

    def opened(self) -> KubernetesApi:
        """Open the cluster. Asks nothing yet.

        Raises:
            Invalid: a certificate is no PEM.
        """
        tls = self.credentials.tls() if self.address.startswith("https:") else None
        return KubernetesApi(self.address, token=FixedToken(self.credentials.token), tls=tls)


def api_from(path: Path) -> KubernetesApi:
    """Open the present context's cluster of the file at `path`.

    Raises:
        ValueError: see `Kubeconfig.parse`.
        OSError: it, or a file that it names, cannot be read.
    """
    try:
        return Kubeconfig.parse(path.read_text(), folder=path.parent).opened()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _named(entries: Any, name: str, kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(each for each in entries if each["name"] == name)[kind]
    return found


def _text(entry: Mapping[str, Any], key: str, folder: Path | None) -> str:
    """Return what stands in the file itself, in base64 beside it, or in a file that is named."""
    if data := entry.get(f"{key}-data"):
        try:
            return base64.b64decode(data).decode()
        except (binascii.Error, ValueError):
            raise ValueError(f"its {key}-data is no base64") from None
    value = str(entry.get(key) or "")
    if key == "token":
        file = entry.get("tokenFile")
        return value or (_read(folder, file) if file else "")
    return _read(folder, value) if value else ""


def _read(folder: Path | None, name: Any) -> str:
    if folder is None:
        raise ValueError(
            "it names files, which are not here; flatten it: kubectl config view --flatten --minify --raw"
        )
    return (folder / str(name)).read_text()
