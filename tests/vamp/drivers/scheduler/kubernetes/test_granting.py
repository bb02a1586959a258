from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vamp.drivers.scheduler.kubernetes.api import Absent
from vamp.drivers.scheduler.kubernetes.granting import (
    NAMESPACES,
    SERVICE_ACCOUNTS,
    grant,
    withdraw,
    withdraw_account,
)
from vamp.drivers.scheduler.kubernetes.kubeconfig import api_from
from vamp.ports.errors import PortRefused, RevisionConflict
from vamp.wiring import scheduler_from_url


class Cluster:
    """Remembers what is made; says that it is there the second time."""

    def __init__(self):
        self.made = {}

    def create(self, resource, namespace, body, *, name="", sub=""):
        if sub == "token":
            return {"status": {"token": f"token of {namespace}/{name}"}}
        key = (resource.plural, namespace, body["metadata"]["name"])
        if key in self.made:
            raise RevisionConflict("it is there")
        self.made[key] = body
        return body

    def patch(self, resource, namespace, name, body):
        self.made[resource.plural, namespace, name] |= body

    def delete(self, resource, namespace, name, body):
        if (resource.plural, namespace, name) not in self.made:
            raise Absent("gone")
        del self.made[resource.plural, namespace, name]


def test_grant__twice__makes_all_once_and_gives_credentials():
    cluster = Cluster()

    first, again = grant(cluster, "team", ca="CA"), grant(cluster, "team", ca="CA")

    assert json.loads(first) == json.loads(again)
    assert json.loads(first)["ca"] == "CA"
    kinds = {resource for resource, _, _ in cluster.made}
    assert kinds == {"namespaces", "serviceaccounts", "roles", "rolebindings"}
    (binding,) = (body for key, body in cluster.made.items() if key[0] == "rolebindings")
    assert {subject["namespace"] for subject in binding["subjects"]} == {"team"}


def test_withdraw__that_is_not_there__does_nothing():
    withdraw(Cluster(), "team")
    withdraw_account(Cluster(), "team")


def test_withdraw_account__of_a_namespace__leaves_the_namespace_and_what_others_put_there():
    cluster = Cluster()
    grant(cluster, "team", ca="")
    cluster.create(SERVICE_ACCOUNTS, "team", {"metadata": {"name": "theirs"}})

    withdraw_account(cluster, "team")

    assert set(cluster.made) == {
        ("namespaces", "", "team"),
        ("serviceaccounts", "team", "theirs"),
    }


@pytest.mark.stack
def test_grant__on_a_cluster__opens_its_own_namespace_alone():
    cluster = api_from(Path(os.environ["VAMP_STACK_KUBECONFIG"]))
    ca = Path(os.environ["VAMP_STACK_KUBERNETES_CA_FILE"]).read_text()
    name = f"access-{os.getpid()}"
    url = os.environ["VAMP_STACK_KUBERNETES_ADDR"].replace("https:", "kubernetes:")
    try:
        secret = grant(cluster, name, ca=ca)
        mine = scheduler_from_url(url, namespace=name, secret=secret).snapshot()
        other = scheduler_from_url(url, namespace="kube-system", secret=secret)

        assert list(mine.instances) == []
        with pytest.raises(PortRefused, match="list pods"):
            other.snapshot()
        assert cluster.get(SERVICE_ACCOUNTS, name, "vamp")
    finally:
        withdraw(cluster, name)

    assert "deletionTimestamp" in cluster.get(NAMESPACES, "", name)["metadata"]


def test_grant__role_that_says_less__is_put_right():
    cluster = Cluster()
    grant(cluster, "team", ca="")
    cluster.made["roles", "team", "vamp"]["rules"] = []

    secret = grant(cluster, "team", ca="")

    assert cluster.made["roles", "team", "vamp"]["rules"]
    assert "ca" not in json.loads(secret)
