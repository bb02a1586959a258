"""What a pod asks for, and what the node cannot do."""

from __future__ import annotations

import pytest

from tests.vamp.demo.kubernetes.pods import pod
from vamp.demo.kubernetes.plan import NotRunnable, Probe, plan_of


def plan(*command, **more):
    return plan_of(pod(*command, **more), address="127.64.1.2")


def test_plan_of__command_and_variables__are_filled_in():
    found = plan(
        "serve",
        "$(PORT)",
        args=["$(NAME) $(UNKNOWN) $$(PORT)"],
        image="shop:1",
        workingDir="/srv",
        env=[
            {"name": "PORT", "value": "8080"},
            {"name": "URL", "value": "http://$(IP):$(PORT)"},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        ],
    )

    assert found.command == ["serve", "8080", "shop-1 $(UNKNOWN) $(PORT)"]
    assert found.variables == {
        "PORT": "8080",
        "URL": "http://$(IP):8080",
        "IP": "127.64.1.2",
        "NAME": "shop-1",
        "APP": "shop",
    }
    assert (found.container, found.image, found.directory) == ("c", "shop:1", "/srv")
    assert (found.probe, found.drain_s, found.restarts) == (None, 0.0, True)


def test_plan_of__probe_of_http__has_kubernetes_defaults():
    found = plan("x", readinessProbe={"httpGet": {"port": 80, "httpHeaders": []}})

    assert found.probe == Probe(port=80, path="/")
    assert (Probe(80).period_s, Probe(80).timeout_s, Probe(80).failures) == (10.0, 1.0, 3)


def test_plan_of__probe_of_a_named_port__finds_its_number():
    found = plan(
        "x",
        ports=[{"name": "web", "containerPort": 8080}],
        readinessProbe={"tcpSocket": {"port": "web"}, "periodSeconds": 2, "initialDelaySeconds": 1},
    )

    assert found.probe == Probe(port=8080, period_s=2.0, initial_delay_s=1.0)


def test_plan_of__pause_before_the_end_and_restart_policy__are_kept():
    found = plan(
        "x",
        spec={"restartPolicy": "Never"},
        lifecycle={"preStop": {"sleep": {"seconds": 2}}},
    )

    assert (found.drain_s, found.restarts) == (2.0, False)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (pod(), "give the container a command"),
        (pod("x", spec={"containers": []}), "exactly one container"),
        (pod("x", spec={"initContainers": [{"name": "i"}]}), "no init container"),
        (pod("x", envFrom=[{"configMapRef": {"name": "m"}}]), "envFrom"),
        (pod("x", env=[{"name": "A", "valueFrom": {"secretKeyRef": {}}}]), "variable A"),
        (pod("x", env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.x"}}}]), "spec.x"),
        (pod("x", readinessProbe={"exec": {"command": ["true"]}}), "httpGet without TLS"),
        (pod("x", readinessProbe={"httpGet": {"port": 1, "scheme": "HTTPS"}}), "without TLS"),
        (pod("x", readinessProbe={"tcpSocket": {"port": "web"}}), "port web"),
    ],
)  # fmt: skip
def test_plan_of__what_only_a_real_node_does__says_so(one, words):
    with pytest.raises(NotRunnable, match=words):
        plan_of(one, address="127.64.1.2")
