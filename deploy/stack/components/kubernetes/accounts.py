"""Who may talk to the API server: static tokens of the stack, and kubeconfigs that hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """A user that the API server knows by a token.

    Attributes:
        name: Kubernetes's built-in roles go by it.
        secret: file name of the token.
        groups: ``system:masters`` may do everything.
    """

    name: str
    secret: str
    groups: Sequence[str] = ()


ADMIN = Account("vamp-stack-admin", "kubernetes-admin-token", ["system:masters"])
CONTROLLERS = Account("system:kube-controller-manager", "kubernetes-controllers-token")
SCHEDULER = Account("system:kube-scheduler", "kubernetes-scheduler-token")
ACCOUNTS = (ADMIN, CONTROLLERS, SCHEDULER)


def token_file(tokens: Mapping[str, str]) -> str:
    """Return the API server's ``--token-auth-file``: token, user, id and groups a line.

    Args:
        tokens: name of each account in `ACCOUNTS` → its token.
    """
    return "".join(
        f'{tokens[account.name]},{account.name},{account.name},"{",".join(account.groups)}"\n'
        for account in ACCOUNTS
    )


def kubeconfig(*, address: str, ca_file: Path, token: str) -> str:
    """Return a kubeconfig, as JSON, which every reader of YAML takes."""
    name = "vamp-stack"
    cluster = {"server": address, "certificate-authority": str(ca_file)}
    config: Mapping[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return json.dumps(config, indent=1)
