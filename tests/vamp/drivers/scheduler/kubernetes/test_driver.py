"""The driver: cursors, snapshots, and how it is opened."""

from __future__ import annotations

import threading
import time

import pytest
from prometheus_client import REGISTRY

from tests.vamp.drivers.scheduler.kubernetes.objects import pod, workload
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, event
from vamp.drivers.scheduler.kubernetes.driver import KubernetesScheduler
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, FOLLOWED, PODS
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused

PATHS = {resource: resource.path("team") for resource in FOLLOWED}
PATIENCE_S = 10.0


@pytest.fixture
def quiet(server):
    held = threading.Event()
    for path in PATHS.values():
        server.listing(path)
        server.on("GET", f"{path}?watch", Answer(lines=[], held=held))
    yield held
    held.set()


@pytest.fixture
def scheduler(server, quiet):
    return opened(server)


def opened(server):
    return KubernetesScheduler(server.api(), "team", NamingLabels.of("app", "version"))


def dsn_of(url, **more):
    given = {"namespace": "team", "service_label": "app", "version_label": "version", "secret": ""}
    return KubernetesScheduler.from_dsn(Dsn.parse(url), **{**given, **more})


def test_snapshot__of_a_namespace__has_instances_and_versions(server, scheduler):
    server.listing(PATHS[PODS], pod())
    server.listing(PATHS[DEPLOYMENTS], workload())

    found = scheduler.snapshot()

    assert [each.uid for each in found.instances] == ["shop-1.1a2b3c4d"]
    assert [(each.version, each.desired) for each in found.versions] == [("1.0.0", 2)]


def test_snapshot__nothing_changed__has_the_same_cursor(server, scheduler):
    server.listing(PATHS[PODS], pod())

    assert scheduler.snapshot() == scheduler.snapshot()


def test_watch__cursor_of_before__tells_what_is_known_at_once(server, scheduler):
    cursor = scheduler.snapshot().cursor
    server.listing(PATHS[PODS], pod())
    newer = scheduler.snapshot()

    assert list(scheduler.watch(cursor, timeout_s=0)) == [newer]
    assert list(scheduler.watch(newer.cursor, timeout_s=0)) == []


@pytest.mark.parametrize("cursor", ["", "1", "0123456789abcdef:0", "x:y:z"])
def test_watch__cursor_of_another__ends_at_once(scheduler, cursor):
    scheduler.snapshot()

    assert list(scheduler.watch(cursor, timeout_s=PATIENCE_S)) == []


def test_watch__before_any_snapshot__ends_at_once(server, scheduler):
    cursor = opened(server).snapshot().cursor

    assert list(scheduler.watch(cursor, timeout_s=PATIENCE_S)) == []


def test_watch__called_again__opens_no_second_watch(server, scheduler):
    cursor = scheduler.snapshot().cursor

    for _ in range(3):
        assert list(scheduler.watch(cursor, timeout_s=0.05)) == []

    for path in PATHS.values():
        assert len(server.to("GET", f"{path}?watch")) == 1


def test_watch__a_pod_comes__is_told(server, quiet, scheduler):
    server.on("GET", f"{PATHS[PODS]}?watch", Answer(lines=[event("ADDED", pod())], held=quiet))
    before = scheduler.snapshot()

    found = next(iter(scheduler.watch(before.cursor, timeout_s=PATIENCE_S)))

    assert len(found.instances) == 1
    assert found.cursor != before.cursor


def calls(operation, outcome):
    labels = {"driver": "kubernetes", "operation": operation, "outcome": outcome}
    return REGISTRY.get_sample_value("vamp_driver_calls_total", labels) or 0.0


def test_operations__each_that_asks_the_cluster__is_counted_with_its_outcome(server, scheduler):
    expected = [("snapshot", "ok", 1), ("watch", "ok", 4), ("scale", "ok", 1),
                ("restart", "refused", 1), ("logs", "refused", 1)]  # fmt: skip
    before = [calls(operation, outcome) for operation, outcome, _ in expected]
    server.listing(PATHS[DEPLOYMENTS], workload())
    server.on("PATCH", DEPLOYMENTS.path("team", "shop", "scale"), Answer({}))

    cursor = scheduler.snapshot().cursor
    list(scheduler.watch(cursor, timeout_s=0.05))
    scheduler.scale("shop", "1.0.0", 3)
    with pytest.raises(PortRefused):
        scheduler.restart("shop", "9.9.9")
    with pytest.raises(PortRefused):
        scheduler.logs("?", lines=1)

    for (operation, outcome, more), known in zip(expected, before, strict=True):
        until(lambda o=operation, w=outcome, n=known + more: calls(o, w) == n)


def until(is_so):
    """Wait for what the threads of the watches do."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_snapshot__not_allowed__names_the_right(server, scheduler):
    server.on("GET", PATHS[DEPLOYMENTS], Answer({"message": "no"}, 403))

    with pytest.raises(PortRefused, match=r"'list deployments\.apps'.*rbac\.yaml"):
        scheduler.snapshot()


def test_from_dsn__without_a_namespace__asks_for_one():
    with pytest.raises(Invalid) as caught:
        dsn_of("kubernetes://cluster:6443", namespace="")

    assert caught.value.faults[0].pointer == "/namespace"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("kubernetes://cluster", "https://cluster:6443"),
        ("kubernetes://[fd00::1]:7443", "https://[fd00::1]:7443"),
        ("kubernetes://127.0.0.1:8001?tls=off", "http://127.0.0.1:8001"),
    ],
)
def test_from_dsn__hosts_of_all_kinds__are_addresses(url, address):
    assert dsn_of(url)._api.address == address


def test_from_dsn__no_host_outside_a_cluster__is_refused(monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(Invalid, match="names no API server"):
        dsn_of("kubernetes:")
