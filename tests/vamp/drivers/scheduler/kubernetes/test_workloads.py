"""Workloads as versions."""

from __future__ import annotations

import random

import pytest

from tests.vamp.drivers.scheduler.kubernetes.objects import workload
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS
from vamp.drivers.scheduler.kubernetes.workloads import versions_of, workload_of

NAMING = NamingLabels.of("app", "version")
OLD = {"app": "shop", "version": "1.0.0"}
NEW = {"app": "shop", "version": "1.1.0"}


def wanted(*items):
    """Return (version, desired) of what workloads of (resource, item) ask for, in any order."""
    read = [workload_of(resource, item, NAMING) for resource, item in items]
    random.shuffle(read)
    return [(each.version, each.desired) for each in versions_of([one for one in read if one])]


def test_versions_of__a_deployment__has_its_own_labels_and_its_pods():
    one = workload_of(DEPLOYMENTS, workload(), NAMING)
    assert one is not None

    (found,) = versions_of([one])

    assert (found.service, found.version, found.desired) == ("shop", "1.0.0", 2)
    assert found.labels == {"team": "web", "app": "shop", "version": "1.0.0"}


def test_versions_of__roll_out__is_the_new_version_and_what_is_left_of_the_old():
    assert wanted(
        (DEPLOYMENTS, workload("shop", labels=NEW, replicas=3)),
        (REPLICA_SETS, workload("shop-a", labels=OLD, replicas=2, owner="shop")),
        (REPLICA_SETS, workload("shop-b", labels=NEW, replicas=2, owner="shop")),
    ) == [("1.0.0", 2), ("1.1.0", 3)]


def test_versions_of__history__is_no_version():
    assert wanted(
        (DEPLOYMENTS, workload("shop", labels=NEW, replicas=0)),
        (REPLICA_SETS, workload("shop-a", labels=OLD, replicas=0, owner="shop")),
        (REPLICA_SETS, workload("shop-b", labels=NEW, replicas=0, owner="shop")),
    ) == [("1.1.0", 0)]


def test_versions_of__restart__counts_pods_of_one_version_once():
    assert wanted(
        (DEPLOYMENTS, workload("shop", replicas=3)),
        (REPLICA_SETS, workload("shop-a", replicas=2, owner="shop")),
        (REPLICA_SETS, workload("shop-b", replicas=2, owner="shop")),
    ) == [("1.0.0", 3)]


def test_versions_of__two_workloads_of_one_version__add_up():
    assert wanted(
        (DEPLOYMENTS, workload("shop", replicas=3)),
        (STATEFUL_SETS, workload("shop", replicas=2)),
        (REPLICA_SETS, workload("alone", replicas=1)),
    ) == [("1.0.0", 6)]


@pytest.mark.parametrize(
    "item", [workload(labels={"app": "x"}), workload(deletionTimestamp="2026-03-01T12:00:00Z")]
)
def test_workload_of__unlabelled_or_going__is_none(item):
    assert workload_of(DEPLOYMENTS, item, NAMING) is None


def test_workload_of__labels_of_controllers__are_left_out():
    item = workload(labels={**OLD, "pod-template-hash": "5d4f"})

    found = workload_of(REPLICA_SETS, item, NAMING)

    assert found is not None
    assert "pod-template-hash" not in found.labels
