"""What the API server is told of a pod."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.vamp.demo.kubernetes.pods import pod
from vamp.demo.kubernetes.plan import plan_of
from vamp.demo.kubernetes.status import Ended, Running, finished_status, micro_stamp, pod_status
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.pods import instance_of

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
PLAN = plan_of(pod("x", image="shop:1", ports=[{"containerPort": 80}]), address="127.64.1.2")


def as_seen(patch):
    """Return the instance that the driver makes of a pod with that status."""
    one = pod("x", ports=[{"containerPort": 80}])
    one["metadata"]["labels"] = {"app": "shop", "version": "1"}
    return instance_of({**one, "status": patch["status"]}, NamingLabels.of("app", "version"))


def test_pod_status__ready__is_a_ready_instance_to_the_driver():
    patch = pod_status("u", PLAN, "c", Running("127.64.1.2", NOON, True, NOON, restarts=3))

    found = as_seen(patch)
    assert (found.is_ready, found.host, found.restarts) == (True, "127.64.1.2", 3)
    assert found.since == NOON.replace(microsecond=0)
    assert patch["metadata"] == {"uid": "u"}


def test_pod_status__unready__tells_why():
    now = Running("127.64.1.2", NOON, False, NOON, unready="/ answered 503")

    assert as_seen(pod_status("u", PLAN, "c", now)).reason == "/ answered 503"


def test_pod_status__ended_and_waiting__tells_both():
    last = Ended(137, NOON, NOON + timedelta(seconds=1))
    now = Running("127.64.1.2", None, False, NOON, 1, last, ("CrashLoopBackOff", "in 1 s"))

    patch = pod_status("u", PLAN, "c", now)

    assert as_seen(patch).reason == "CrashLoopBackOff: in 1 s"
    (container,) = patch["status"]["containerStatuses"]
    assert container["lastState"]["terminated"]["exitCode"] == 137
    assert container["lastState"]["terminated"]["reason"] == "Error"


def test_pod_status__that_cannot_run__is_pending():
    now = Running("127.64.1.2", None, False, NOON, waiting=("CreateContainerConfigError", "no"))

    assert pod_status("u", None, "c", now)["status"]["phase"] == "Pending"


def test_finished_status__by_its_code__succeeded_or_failed():
    phases = [
        finished_status("u", PLAN, Ended(code, NOON, NOON))["status"]["phase"] for code in (0, 1)
    ]

    assert phases == ["Succeeded", "Failed"]


def test_micro_stamp__of_a_moment__has_six_digits():
    assert micro_stamp(NOON) == "2026-03-01T12:00:00.250000Z"
