"""Pods as instances."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.vamp.drivers.scheduler.kubernetes.objects import pod
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.pods import instance_of, port_of, uid_of

NAMING = NamingLabels.of("app", "version")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def seen(one):
    found = instance_of(one, NAMING)
    assert found is not None
    return found


def unready(**status):
    one = pod(ready=False)
    one["status"].update(status)
    return seen(one)


def test_instance_of__ready_pod__is_all_that_the_port_asks():
    found = seen(pod())

    assert found.uid == "shop-1.1a2b3c4d"
    assert (found.service, found.version) == ("shop", "1.0.0")
    assert (found.host, found.port, found.is_ready, found.reason) == ("10.0.0.1", 8080, True, "")
    assert (found.since, found.restarts) == (NOON, 2)
    assert found.labels == {"app": "shop", "version": "1.0.0"}


def test_instance_of__address_of_ipv6__stays_as_it_is():
    assert seen(pod(ip="fd00::1")).host == "fd00::1"


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_instance_of__pod_that_ended_for_good__is_none(phase):
    one = pod()
    one["status"]["phase"] = phase

    assert instance_of(one, NAMING) is None


def test_instance_of__pod_without_the_labels__is_none():
    assert instance_of(pod(labels={"app": "shop"}), NAMING) is None
    one = pod()
    del one["metadata"]["labels"]
    assert instance_of(one, NAMING) is None


def test_instance_of__being_deleted__is_unready_since_it_was_asked_to_end():
    found = seen(pod(deletionTimestamp="2026-03-01T12:05:30Z", deletionGracePeriodSeconds=30))

    assert (found.is_ready, found.reason) == (False, "is being stopped")
    assert found.since == datetime(2026, 3, 1, 12, 5, tzinfo=UTC)


def test_instance_of__not_placed_yet__says_why():
    found = unready(
        phase="Pending",
        podIP=None,
        containerStatuses=None,
        conditions=[
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": "no room",
            }
        ],
    )

    assert (found.host, found.reason) == ("", "Unschedulable: no room")
    assert found.since == datetime(2026, 3, 1, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
         "CrashLoopBackOff: back-off 10s"),
        ({"waiting": {"reason": "ContainerCreating"}}, "ContainerCreating"),
        ({"terminated": {"exitCode": 137}}, "container c ended with 137"),
        ({"running": {}}, "its readiness probe fails"),
    ],
)  # fmt: skip
def test_instance_of__container_state__is_the_reason(state, reason):
    assert unready(containerStatuses=[{"name": "c", "state": state}]).reason == reason


def test_instance_of__init_container__counts_until_it_ended_well():
    running = {"name": "i", "state": {"waiting": {"reason": "PodInitializing"}}}
    done = {"name": "i", "restartCount": 5, "state": {"terminated": {"exitCode": 0}}}

    assert (
        unready(initContainerStatuses=[running], containerStatuses=[]).reason == "PodInitializing"
    )
    assert unready(initContainerStatuses=[done], phase="Pending").reason == "starts"


def test_instance_of__long_reason__is_cut_to_what_a_row_holds():
    state = {"waiting": {"reason": "x" * 1000}}

    assert len(unready(containerStatuses=[{"name": "c", "state": state}]).reason) == 255


def test_instance_of__ready_but_without_address_or_port__is_unready():
    silent = pod()
    silent["spec"]["containers"] = [{"name": "c"}]

    assert seen(pod(ip="")).reason == "has no address yet"
    assert not seen(pod(ip="")).is_ready
    assert "vamp.io/port" in seen(silent).reason
    assert (seen(silent).port, seen(silent).is_ready) == (0, False)


@pytest.mark.parametrize(
    ("annotations", "ports", "expected"),
    [
        ({}, [{"containerPort": 1}, {"containerPort": 2, "name": "http"}], 2),
        ({}, [{"containerPort": 1}, {"containerPort": 2}], 1),
        ({}, [{"containerPort": 1, "protocol": "UDP"}, {"containerPort": 2}], 2),
        ({"vamp.io/port": "9000"}, [{"containerPort": 1, "name": "http"}], 9000),
        ({"vamp.io/port": "http"}, [{"containerPort": 1}], 0),
        ({"vamp.io/port": "65536"}, [{"containerPort": 1}], 0),
        ({"vamp.io/port": "²"}, [{"containerPort": 1}], 0),
        ({}, [], 0),
    ],
)
def test_port_of__annotation_name_and_order__in_that_order(annotations, ports, expected):
    one = pod(annotations=annotations)
    one["spec"]["containers"] = [{"name": "a"}, {"name": "b", "ports": ports}]

    assert port_of(one) == expected


def test_uid_of__name_too_long_for_a_row__is_the_uid_alone():
    uid = "1a2b3c4d-0000-0000-0000-000000000000"

    assert uid_of("x" * 182, uid) == "x" * 182 + ".1a2b3c4d"
    assert uid_of("x" * 183, uid) == uid
