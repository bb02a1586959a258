from __future__ import annotations

import pytest

from vamp.demo.documents import DemoVersion
from vamp.demo.kubernetes.deployments import KubernetesWorkloads, deployment
from vamp.demo.kubernetes.plan import plan_of
from vamp.drivers.scheduler.kubernetes.api import Absent, Listing

OLD, NEW = DemoVersion("1.0.0"), DemoVersion("1.1.0", fail_share=0.2, instances=3)


class Cluster:
    """What `KubernetesWorkloads` asks of an API server, with what lies in it."""

    def __init__(self, *names, pods=()):
        self.deployments, self.pods, self.done = list(names), list(pods), []

    def list(self, resource, namespace, query):
        names = self.pods if resource.plural == "pods" else self.deployments
        return Listing([{"metadata": {"name": name}} for name in names], "1")

    def create(self, resource, namespace, body):
        self.done.append(("create", body["metadata"]["name"]))

    def patch(self, resource, namespace, name, body, sub=""):
        self.done.append(("patch", name, sub))

    def delete(self, resource, namespace, name, body):
        if name == "gone":
            raise Absent("gone")
        self.done.append(("delete", name))


def test_deployment__of_a_version__gives_pods_that_the_node_can_run():
    document = deployment(NEW)
    template = document["spec"]["template"]
    pod = {**template, "metadata": {"name": "p", "namespace": "n", "uid": "u"}}

    plan = plan_of(pod, address="127.64.0.9")

    assert document["spec"]["replicas"] == 3
    assert template["metadata"]["labels"] == {"app": "shop", "version": "1.1.0"}
    assert plan.variables["HOST"] == "127.64.0.9"
    assert (plan.probe.path, plan.probe.port) == ("/healthz", int(plan.variables["PORT"]))
    assert list(plan.command[-2:]) == ["--fail", "0.2"]
    assert plan.drain_s > 0


def test_run__versions__makes_what_is_new_and_takes_what_is_not_wanted():
    cluster = Cluster("shop-0-9-0", "shop-1-0-0")

    KubernetesWorkloads(cluster, "team", "kubernetes://c").run([OLD, NEW])

    assert cluster.done == [
        ("delete", "shop-0-9-0"),
        ("patch", "shop-1-0-0", ""),
        ("create", "shop-1-1-0"),
    ]


@pytest.mark.parametrize(("pods", "gone"), [(["gone", "a"], "a"), ([], "none")])
def test_disturb__two_versions__scales_restarts_and_deletes(pods, gone):
    cluster = Cluster(pods=pods)

    told = KubernetesWorkloads(cluster, "team", "kubernetes://c").disturb([OLD, NEW])

    assert told.endswith(f"deleted pod {gone}")
    assert cluster.done[:2] == [("patch", "shop-1-0-0", "scale"), ("patch", "shop-1-1-0", "")]
