"""Looking at a cluster: does it answer, does it believe us, what may we do in our namespace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import PODS, Resource
from vamp.drivers.scheduler.kubernetes.rights import DISCOVERY, LOGS, SCALING, missing
from vamp.ports.checks import Check, Checked

SYSTEM: Final = "Kubernetes"
RULES_REVIEWS: Final = Resource("selfsubjectrulesreviews", "authorization.k8s.io")
NAMESPACES: Final = Resource("namespaces")


def check_cluster(api: KubernetesApi, namespace: str) -> Checked:
    """Look at the cluster for one namespace; see the port."""
    check = Check(SYSTEM)
    version = check.asks("answers", api.version, is_timed=True)
    if version is None:
        return check.done()
    check.version = version.removeprefix("v")
    rules = check.asks("believes our credentials", lambda: _rules(api, namespace))
    if rules is None:
        return check.done()
    note_rights(check, rules, namespace)
    if check.is_well:
        check.asks(f"lists the pods of {namespace}", lambda: _pods(api, namespace))
    return check.done()


def note_rights(check: Check, rules: Sequence[dict[str, Any]], namespace: str) -> None:
    """Note what of our work `rules` allow, one finding a purpose. Pure."""
    lacking = missing(rules)
    for purpose in (DISCOVERY, SCALING, LOGS):
        rights = [right for right, of in lacking if of == purpose]
        if not rights:
            check.good(f"may {purpose}")
            continue
        hint = (
            f"run the set-up, or kubectl apply -n {namespace} -f deploy/kubernetes/rbac.yaml;"
            " the namespace must be there"
        )
        check.bad(f"may {purpose}", f"not allowed in {namespace}: {', '.join(rights)}", hint)


def _rules(api: KubernetesApi, namespace: str) -> list[dict[str, Any]]:
    asked = {"spec": {"namespace": namespace}}
    answer = api.create(RULES_REVIEWS, "", asked)
    found: list[dict[str, Any]] = answer.get("status", {}).get("resourceRules") or []
    return found


def _pods(api: KubernetesApi, namespace: str) -> int:
    return len(api.list(PODS, namespace, {"fieldSelector": "metadata.name=connection-check"}).items)
