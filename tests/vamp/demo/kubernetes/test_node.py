"""The node: which pods it takes, and what it does when the API server is odd."""

from __future__ import annotations

import threading

import pytest

from tests.vamp.demo.kubernetes.pods import eventually, pod
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, event, too_old
from vamp.demo.kubernetes.node import LocalNode

PODS = "/api/v1/pods"
ONE = "/api/v1/namespaces/team/pods/shop-1"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1"
SLEEPS = ("sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done")


@pytest.fixture
def quiet(server):
    held = threading.Event()
    server.on("POST", "/api/v1/nodes", Answer({}))
    server.on("PATCH", LEASE, Answer({}))
    server.on("PATCH", f"{ONE}/status", Answer({}))
    server.on("DELETE", ONE, Answer({}))
    server.listing(PODS)
    server.on("GET", f"{PODS}?watch", Answer(lines=[], held=held))
    yield held
    held.set()


@pytest.fixture
def begin(server, quiet, tmp_path):
    stop = threading.Event()
    node = LocalNode(server.api(), "n1", tmp_path)
    thread = threading.Thread(target=node.run, args=(stop,))

    def started():
        thread.start()
        return node

    yield started
    stop.set()
    thread.join()


def is_ready(server):
    patches = server.to("PATCH", f"{ONE}/status")
    return patches and patches[-1].body["status"]["containerStatuses"][0]["ready"]


def deleted(item):
    return {
        **item,
        "metadata": {**item["metadata"], "deletionTimestamp": "x", "deletionGracePeriodSeconds": 5},
    }


def test_run__pods_bound_to_it__are_asked_for_and_run(server, quiet, begin):
    server.listing(PODS, pod(*SLEEPS))

    begin()

    eventually(lambda: is_ready(server))
    assert server.to("GET", PODS)[0].query["fieldSelector"] == "spec.nodeName=n1"


def test_run__bound_while_it_watches__is_run_once(server, quiet, begin):
    lines = [event("ADDED", pod(*SLEEPS)), event("MODIFIED", pod(*SLEEPS))]
    server.on("GET", f"{PODS}?watch", Answer(lines=lines, held=quiet))

    node = begin()

    eventually(lambda: is_ready(server))
    assert len(node._runs) == 1


def test_run__deleted__stops_it_and_tells(server, quiet, begin):
    lines = [event("ADDED", pod(*SLEEPS)), event("MODIFIED", deleted(pod(*SLEEPS)))]
    server.on("GET", f"{PODS}?watch", Answer(lines=lines, held=quiet))

    begin()

    eventually(lambda: server.to("DELETE", ONE))


def test_run__being_deleted_before_it_ran_here__is_told_gone(server, quiet, begin):
    server.listing(PODS, deleted(pod(*SLEEPS)))

    node = begin()

    eventually(lambda: server.to("DELETE", ONE))
    assert node._runs == {}


def test_run__gone_from_the_api_server__is_killed(server, quiet, begin):
    lines = [event("ADDED", pod(*SLEEPS)), event("DELETED", pod(*SLEEPS))]
    server.on("GET", f"{PODS}?watch", Answer(lines=lines, held=quiet))

    node = begin()

    eventually(lambda: server.to("GET", f"{PODS}?watch") and not node._runs)
    assert server.to("DELETE", ONE) == []


def test_run__ran_before_the_nodes_own_restart__keeps_address_and_counts(server, quiet, begin):
    one = pod(*SLEEPS)
    one["status"] = {
        "phase": "Running",
        "podIP": "127.64.7.7",
        "containerStatuses": [{"name": "c", "restartCount": 3}],
    }
    server.listing(PODS, one)

    begin()

    eventually(lambda: is_ready(server))
    status = server.to("PATCH", f"{ONE}/status")[-1].body["status"]
    assert status["podIP"] == "127.64.7.7"
    assert status["containerStatuses"][0]["restartCount"] == 4


@pytest.mark.parametrize("broken", [Answer(lines=[too_old()]), Answer({"message": "no"}, 503)])
def test_run__watch_breaks__lists_anew_and_keeps_what_runs(server, quiet, begin, broken):
    server.listing(PODS, pod(*SLEEPS))
    server.on("GET", f"{PODS}?watch", broken, Answer(lines=[], held=quiet))

    node = begin()

    eventually(lambda: len(server.to("GET", PODS)) == 2 and is_ready(server))
    (run,) = node._runs.values()
    assert run.restarts == 0
