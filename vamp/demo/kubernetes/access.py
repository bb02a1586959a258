"""A namespace with an account for Vamp in it, as an administrator of the cluster would make it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from vamp.demo.documents import ROOT
from vamp.drivers.scheduler.kubernetes.api import Absent, KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import Resource
from vamp.ports.errors import RevisionConflict

NAMESPACES: Final = Resource("namespaces")
SERVICE_ACCOUNTS: Final = Resource("serviceaccounts")
KINDS: Final = {
    "ServiceAccount": SERVICE_ACCOUNTS,
    "Role": Resource("roles", "rbac.authorization.k8s.io"),
    "RoleBinding": Resource("rolebindings", "rbac.authorization.k8s.io"),
}
RIGHTS: Final[Path] = ROOT / "deploy" / "kubernetes" / "rbac.yaml"
"""What an installation gives its users to apply; here it is applied for them."""

TOKEN_S: Final = 24 * 3600


def grant(api: KubernetesApi, namespace: str, *, ca: str) -> str:
    """Make `namespace` with the account that Vamp needs there; safe to repeat.

    Args:
        api: the cluster, opened by an administrator.
        namespace: name.
        ca: certificate of the cluster's authority, PEM.

    Returns:
        Credentials for the scheduler's secret, valid for `TOKEN_S`.

    Raises:
        PortError: the cluster does not answer, or refuses.
    """
    _make(api, NAMESPACES, "", {"metadata": {"name": namespace}})
    account = ""
    for document in yaml.safe_load_all(RIGHTS.read_text()):
        resource = KINDS[document["kind"]]
        _make(api, resource, namespace, _placed(document, namespace))
        account = document["metadata"]["name"] if resource is SERVICE_ACCOUNTS else account
    asked = {"spec": {"expirationSeconds": TOKEN_S}}
    token = api.create(SERVICE_ACCOUNTS, namespace, asked, name=account, sub="token")
    return json.dumps({"token": token["status"]["token"], "ca": ca})


def withdraw(api: KubernetesApi, namespace: str) -> None:
    """Delete the namespace with everything in it. Idempotent; the cluster takes its time."""
    try:
        api.delete(NAMESPACES, "", namespace, {})
    except (Absent, RevisionConflict):  # gone, or going
        return


def _make(api: KubernetesApi, resource: Resource, namespace: str, body: dict[str, Any]) -> None:
    try:
        api.create(resource, namespace, body)
    except RevisionConflict:  # it is there
        return


def _placed(document: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Return a manifest with its own namespace, also where it names an account's."""
    found = {**document, "metadata": {**document["metadata"], "namespace": namespace}}
    if "subjects" in found:
        found["subjects"] = [{**each, "namespace": namespace} for each in found["subjects"]]
    return found
