"""Scaling, restarting, logs: what is asked of the API server."""

from __future__ import annotations

import pytest

from tests.vamp.drivers.scheduler.kubernetes.objects import pod, workload
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.orders import RESTARTED_AT, Orders
from vamp.drivers.scheduler.kubernetes.resources import (
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
)
from vamp.ports.errors import PortRefused

KINDS = (DEPLOYMENTS, STATEFUL_SETS, REPLICA_SETS)
PODS_PATH = PODS.path("team")


@pytest.fixture
def orders(server):
    for resource in KINDS:
        server.listing(resource.path("team"))
    return Orders(server.api(), "team", NamingLabels.of("app", "version"))


@pytest.mark.parametrize("resource", KINDS)
def test_scale__whatever_keeps_the_version__writes_its_scale(server, orders, resource):
    server.listing(resource.path("team"), workload("cart", labels={"app": "cart"}), workload())
    path = resource.path("team", "shop", "scale")
    server.on("PATCH", path, Answer({}))

    orders.scale("shop", "1.0.0", 3)

    assert [each.body for each in server.to("PATCH", path)] == [{"spec": {"replicas": 3}}]


@pytest.mark.parametrize("resource", [DEPLOYMENTS, STATEFUL_SETS])
def test_restart__of_a_version__changes_its_pods_annotation(server, orders, resource):
    server.listing(resource.path("team"), workload())
    path = resource.path("team", "shop")
    server.on("PATCH", path, Answer({}))

    orders.restart("shop", "1.0.0")

    (asked,) = server.to("PATCH", path)
    assert asked.body["spec"]["template"]["metadata"]["annotations"].keys() == {RESTARTED_AT}


def test_restart__replica_set_alone__is_refused(server, orders):
    server.listing(REPLICA_SETS.path("team"), workload())

    with pytest.raises(PortRefused, match="cannot be restarted"):
        orders.restart("shop", "1.0.0")


def test_scale__version_that_is_being_replaced__is_refused(server, orders):
    server.listing(REPLICA_SETS.path("team"), workload("shop-a", owner="shop"))

    with pytest.raises(PortRefused, match="nothing in namespace team"):
        orders.scale("shop", "1.0.0", 3)


def test_scale__two_workloads_of_the_version__names_both(server, orders):
    server.listing(DEPLOYMENTS.path("team"), workload("blue"))
    server.listing(STATEFUL_SETS.path("team"), workload("green"))

    with pytest.raises(PortRefused, match="deployments/blue, statefulsets/green"):
        orders.scale("shop", "1.0.0", 3)


def test_scale__fewer_than_none__asks_nothing(server, orders):
    with pytest.raises(PortRefused):
        orders.scale("shop", "1.0.0", -1)

    assert server.asked == []


def test_logs__of_a_pod__are_its_lines(server, orders):
    server.on("GET", f"{PODS_PATH}/shop-1", Answer(pod()))
    server.on("GET", f"{PODS_PATH}/shop-1/log", Answer("eins\nzwei ü\n".encode()))

    assert orders.logs("shop-1.1a2b3c4d", lines=2) == ["eins", "zwei ü"]

    (asked,) = server.to("GET", f"{PODS_PATH}/shop-1/log")
    assert asked.query == {"tailLines": "2", "container": "c"}


def test_logs__of_a_later_pod_of_that_name__are_refused(server, orders):
    server.on("GET", f"{PODS_PATH}/shop-1", Answer(pod()))

    with pytest.raises(PortRefused, match="no instance"):
        orders.logs("shop-1.ffffffff", lines=2)


def test_logs__of_a_pod_with_a_long_name__are_found_by_its_uid(server, orders):
    name, uid = "x" * 200, "1a2b3c4d-0000-0000-0000-000000000000"
    server.listing(PODS_PATH, pod(), pod(name, uid=uid))
    server.on("GET", f"{PODS_PATH}/{name}/log", Answer(b"hello\n"))

    assert orders.logs(uid, lines=1) == ["hello"]
