"""The node's own object and lease."""

from __future__ import annotations

import pytest

from tests.vamp.demo.kubernetes.pods import eventually
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer
from vamp.demo.kubernetes import registration
from vamp.demo.kubernetes.registration import NODE_LABEL, Registration
from vamp.ports.errors import PortRefused

NODES = "/api/v1/nodes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


@pytest.fixture
def registered(server, monkeypatch):
    monkeypatch.setattr(registration, "_BEAT_S", 0.05)
    server.on("POST", NODES, Answer({}))
    server.on("PATCH", f"{LEASES}/n1", Answer({"message": "none"}, 404), Answer({}))
    server.on("POST", LEASES, Answer({}))
    opened = Registration(server.api(), "n1", 4711)
    yield opened
    if opened._thread.is_alive():
        opened.end()


def test_begin__first_time__makes_a_node_that_only_our_pods_take(server, registered):
    registered.begin()

    node = server.to("POST", NODES)[0].body
    assert node["spec"]["taints"] == [{"key": NODE_LABEL, "value": "true", "effect": "NoSchedule"}]
    assert node["metadata"]["labels"][NODE_LABEL] == "true"
    assert node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"] == 4711
    assert len(server.to("POST", LEASES)) == 1


def test_begin__was_here_before__takes_its_node_again(server, registered):
    server.on("POST", NODES, Answer({"message": "exists"}, 409))
    server.on("PATCH", f"{NODES}/n1/status", Answer({}))

    registered.begin()

    assert len(server.to("PATCH", f"{NODES}/n1/status")) == 1


def test_begin__not_allowed__is_refused(server, registered):
    server.on("POST", NODES, Answer({"message": "no"}, 403))

    with pytest.raises(PortRefused, match="'create nodes'"):
        registered.begin()


def test_heartbeat__server_away_for_a_while__goes_on(server, registered, monkeypatch):
    monkeypatch.setattr(registration, "_AGAIN_S", 0.01)
    away, no = Answer({"message": "later"}, 503), Answer({"message": "rights not read yet"}, 403)
    server.on("PATCH", f"{LEASES}/n1", Answer({}), away, no, Answer({}))

    registered.begin()

    eventually(lambda: len(server.to("PATCH", f"{LEASES}/n1")) >= 6)


def test_heartbeat__node_was_taken_for_dead__says_that_it_is_ready(server, registered):
    server.on("PATCH", f"{NODES}/n1/status", Answer({}))

    registered.begin()

    eventually(lambda: server.to("PATCH", f"{NODES}/n1/status"))
    (condition,) = server.to("PATCH", f"{NODES}/n1/status")[0].body["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("Ready", "True")


def test_heartbeat__node_was_deleted__makes_it_again(server, registered):
    registered.begin()

    eventually(lambda: len(server.to("POST", NODES)) == 2)


def test_end__of_a_node__takes_it_out(server, registered):
    registered.begin()
    server.on("DELETE", f"{NODES}/n1", Answer({}))

    registered.end()

    assert len(server.to("DELETE", f"{NODES}/n1")) == 1
    assert len(server.to("DELETE", f"{LEASES}/n1")) == 1
