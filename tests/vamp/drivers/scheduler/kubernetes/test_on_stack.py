"""What only a real cluster shows: roll-outs, rights, outages, forgotten versions, a refused burst."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.vamp.drivers.scheduler.kubernetes import cluster
from tests.vamp.drivers.scheduler.kubernetes.cluster import (
    KubernetesPlace,
    NodeOfProcesses,
    administrator,
    scheduler_of,
)
from vamp.drivers.scheduler.kubernetes.api import Expired
from vamp.drivers.scheduler.kubernetes.driver import KubernetesScheduler
from vamp.drivers.scheduler.kubernetes.granting import grant
from vamp.drivers.scheduler.kubernetes.pods import PORT_ANNOTATION
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, FOLLOWED, PODS, Resource
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.scheduler import Scheduler, Snapshot

pytestmark = pytest.mark.stack

PATIENCE_S = 60.0
MOVED = {PORT_ANNOTATION: "9999"}


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    opened = NodeOfProcesses(tmp_path_factory.mktemp("node"))
    yield opened
    opened.close()


@pytest.fixture
def place(node, tmp_path):
    opened = KubernetesPlace(tmp_path, node)
    yield opened
    opened.close()


def watched(
    scheduler: Scheduler,
    before: Snapshot,
    until: Callable[[Snapshot], bool],
    patience_s: float = PATIENCE_S,
) -> list[Snapshot]:
    """Follow as discovery does, through outages, until the first snapshot for which it holds."""
    seen, deadline, cursor = [before], time.monotonic() + patience_s, before.cursor
    while not until(seen[-1]):
        assert time.monotonic() < deadline, seen[-1]
        try:
            for found in scheduler.watch(cursor, timeout_s=1.0):
                seen.append(found)
                cursor = found.cursor
                if until(found):
                    break
        except (PortUnavailable, PortRefused):  # an API server that begins refuses for a moment
            time.sleep(0.05)
    return seen


def ready(found: Snapshot, version: str) -> int:
    return sum(one.is_ready and one.version == version for one in found.instances)


def wanted(found: Snapshot) -> dict[str, int]:
    return {each.version: each.desired for each in found.versions}


def ready_place(place, instances=2):
    place.define("shop", "1.0.0", instances=instances)
    before = place.scheduler.snapshot()
    return watched(place.scheduler, before, lambda found: ready(found, "1.0.0") == instances)[-1]


def test_watch__rolling_update_of_a_deployment__tells_both_versions_and_then_the_new(place):
    before = ready_place(place)
    labels = {"app": "shop", "version": "1.1.0"}
    body = {"spec": {"template": {"metadata": {"labels": labels}}}}

    administrator().patch(DEPLOYMENTS, place.namespace, "shop-1-0-0", body)
    seen = watched(
        place.scheduler,
        before,
        lambda found: ready(found, "1.1.0") == 2 and len(found.instances) == 2,
    )

    assert any(wanted(found).keys() == {"1.0.0", "1.1.0"} for found in seen)
    assert all(ready(found, "1.0.0") + ready(found, "1.1.0") >= 2 for found in seen)
    assert wanted(seen[-1]) == {"1.1.0": 2}


def test_watch__pod_is_deleted__is_unready_at_once_and_replaced(place):
    before = ready_place(place)
    name = before.instances[0].uid.rpartition(".")[0]

    administrator().delete(PODS, place.namespace, name, {})
    gone = before.instances[0].uid
    seen = watched(
        place.scheduler,
        before,
        lambda found: ready(found, "1.0.0") == 2 and gone not in {o.uid for o in found.instances},
    )

    stopping = [one for found in seen for one in found.instances if one.uid == gone]
    assert "is being stopped" in {one.reason for one in stopping}


def test_watch__connections_break_off__goes_on_where_it_was(place):
    before = ready_place(place, instances=1)
    list(place.scheduler.watch(before.cursor, timeout_s=0.2))

    place.relay.cut()
    place.scheduler.scale("shop", "1.0.0", 2)
    # Pods and their Deployment come on streams of their own, in either order.
    seen = watched(
        place.scheduler,
        before,
        lambda found: ready(found, "1.0.0") == 2 and wanted(found) == {"1.0.0": 2},
    )

    assert len(seen) > 1


def test_watch__version_is_forgotten__is_mended_and_not_told(place):
    before = ready_place(place, instances=1)
    if any(_is_remembered(each, "1") for each in FOLLOWED):  # by one that was never restarted
        _stack("kill", "apiserver")
        _stack("start", "apiserver")
        _eventually(place.scheduler.snapshot)
        _wait_for_controllers(place, back_to=1)
    following = place.scheduler._following
    following.close()
    following._streams.clear()
    following._versions = dict.fromkeys(FOLLOWED, "1")

    deadline, told = time.monotonic() + PATIENCE_S, []
    while "1" in following._versions.values():
        assert time.monotonic() < deadline
        told += place.scheduler.watch(before.cursor, timeout_s=0.5)

    assert all(ready(found, "1.0.0") == 1 for found in told)
    place.scheduler.scale("shop", "1.0.0", 2)
    watched(place.scheduler, before, lambda found: ready(found, "1.0.0") == 2)


def test_watch__api_server_is_killed_and_started__misses_nothing(place):
    before = ready_place(place, instances=1)
    list(place.scheduler.watch(before.cursor, timeout_s=0.2))

    _stack("kill", "apiserver")
    try:
        with pytest.raises(PortUnavailable):
            list(place.scheduler.watch(before.cursor, timeout_s=PATIENCE_S))
    finally:
        _stack("start", "apiserver")
    # Written while no watch is open. Not by a controller: those take up to a minute to come back.
    name, body = before.instances[0].uid.rpartition(".")[0], {"metadata": {"annotations": MOVED}}
    _eventually(lambda: administrator().patch(PODS, place.namespace, name, body))
    seen = watched(place.scheduler, before, lambda found: found.instances[0].port == 9999)

    assert seen[-1].instances[0].uid == before.instances[0].uid
    _wait_for_controllers(place)


def test_rights__of_the_role_that_is_shipped__are_enough_for_everything(place):
    ready_place(place, instances=1)
    secret = grant(administrator(), place.namespace, ca=json.loads(cluster.secret())["ca"])
    scheduler = opened(place.namespace, secret)

    _eventually(scheduler.snapshot)  # the API server hears of new rights a moment later
    found = scheduler.snapshot()
    list(scheduler.watch(found.cursor, timeout_s=0.5))
    assert scheduler.logs(found.instances[0].uid, lines=1) == ["hello from 1.0.0 None"]
    scheduler.scale("shop", "1.0.0", 2)
    scheduler.restart("shop", "1.0.0")


def test_rights__in_another_namespace__are_refused_and_named(place):
    secret = grant(administrator(), place.namespace, ca=json.loads(cluster.secret())["ca"])

    with pytest.raises(PortRefused, match="'list pods'"):
        opened("default", secret).snapshot()


def test_token__unknown__is_refused_and_not_repeated(place):
    held = json.loads(cluster.secret())

    with pytest.raises(PortRefused, match="does not accept the credentials") as caught:
        opened(place.namespace, json.dumps({**held, "token": "hunter2"})).snapshot()

    assert "hunter2" not in str(caught.value)


def test_snapshot__of_a_full_namespace__takes_several_pages(place, monkeypatch):
    ready_place(place, instances=3)
    monkeypatch.setattr("vamp.drivers.scheduler.kubernetes.api.PAGE", 1)

    assert len(scheduler_of(place.namespace).snapshot().instances) == 3


def opened(namespace: str, secret: str) -> KubernetesScheduler:
    host, port = cluster.server()
    return KubernetesScheduler.from_dsn(
        Dsn.parse(f"kubernetes://{host}:{port}"),
        namespace=namespace,
        service_label="app",
        version_label="version",
        secret=secret,
    )


def _eventually(does: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            does()
        except (PortUnavailable, PortRefused):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def _is_remembered(resource: Resource, version: str) -> bool:
    """Tell whether the API server still knows what came after `version`. Cost: a second if so."""
    try:
        answer = administrator().watch(resource, "default", version, {"timeoutSeconds": "1"})
    except Expired:
        return False
    said = answer.read()
    answer.release_conn()
    return b'"code":410' not in said


def _wait_for_controllers(place: KubernetesPlace, *, back_to: int = 2) -> None:
    """Leave the cluster as it was found: its controllers come back up to a minute after it."""
    for instances in dict.fromkeys((2, back_to)):
        place.scheduler.scale("shop", "1.0.0", instances)
        before, is_there = place.scheduler.snapshot(), partial(_has_ready, instances)
        watched(place.scheduler, before, is_there, patience_s=4 * PATIENCE_S)


def _has_ready(instances: int, found: Snapshot) -> bool:
    return ready(found, "1.0.0") == instances


def _stack(verb: str, name: str) -> None:
    root = Path(__file__).resolve().parents[5]
    subprocess.run([sys.executable, "-m", "deploy.stack", verb, name], cwd=root, check=True)
