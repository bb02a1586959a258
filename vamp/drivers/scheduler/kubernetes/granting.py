"""Making a namespace with an account for Vamp in it, as an administrator of the cluster does."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

from vamp.drivers.scheduler.kubernetes.api import Absent, KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import Resource
from vamp.drivers.scheduler.kubernetes.rights import ACCOUNT, RBAC, objects
from vamp.ports.errors import RevisionConflict

NAMESPACES: Final = Resource("namespaces")
SERVICE_ACCOUNTS: Final = Resource("serviceaccounts")
KINDS: Final = {
    "ServiceAccount": SERVICE_ACCOUNTS,
    "Role": Resource("roles", RBAC),
    "RoleBinding": Resource("rolebindings", RBAC),
}

TOKEN_S: Final = 365 * 24 * 3600
"""What is asked for; a cluster may grant less. Run the set-up again before it ends."""


def grant(api: KubernetesApi, namespace: str, *, ca: str, token_s: int = TOKEN_S) -> str:
    """Make `namespace` with the account that Vamp needs there; safe to repeat.

    A role that says something else is put right.

    Args:
        api: the cluster, opened by an administrator.
        namespace: name.
        ca: certificate of the cluster's authority, PEM; empty for the machine's own authorities.
        token_s: how long the account's token shall be good.

    Returns:
        Credentials for the scheduler's secret.

    Raises:
        PortError: the cluster does not answer, or refuses.
    """
    _make(api, NAMESPACES, "", {"metadata": {"name": namespace}})
    for document in objects(namespace):
        _make(api, KINDS[document["kind"]], namespace, document)
    asked = {"spec": {"expirationSeconds": token_s}}
    token = api.create(SERVICE_ACCOUNTS, namespace, asked, name=ACCOUNT, sub="token")
    credentials = {"token": token["status"]["token"]}
    return json.dumps(credentials | ({"ca": ca} if ca else {}))


def withdraw(api: KubernetesApi, namespace: str) -> None:
    """Delete the namespace with everything in it. Idempotent; the cluster takes its time."""
    try:
        api.delete(NAMESPACES, "", namespace, {})
    except (Absent, RevisionConflict):  # gone, or going
        return


def withdraw_account(api: KubernetesApi, namespace: str) -> None:
    """Delete Vamp's account in `namespace` with its role and binding, and nothing else. Idempotent."""
    for document in reversed(objects(namespace)):
        with suppress(Absent, RevisionConflict):
            api.delete(KINDS[document["kind"]], namespace, document["metadata"]["name"], {})


def _make(api: KubernetesApi, resource: Resource, namespace: str, body: dict[str, Any]) -> None:
    try:
        api.create(resource, namespace, body)
    except RevisionConflict:  # it is there
        if "rules" in body:
            api.patch(resource, namespace, body["metadata"]["name"], {"rules": body["rules"]})
