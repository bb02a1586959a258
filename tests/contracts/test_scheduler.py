"""What every scheduler owes. A new driver joins by an entry in `DRIVERS`: a place to run things."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.vamp.drivers.scheduler.kubernetes.cluster import KubernetesPlace, NodeOfProcesses
from vamp.drivers.scheduler.local.driver import LocalScheduler
from vamp.drivers.scheduler.local.status import read_status
from vamp.drivers.scheduler.local.supervisor import run
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.scheduler import ObservedInstance, Scheduler, Snapshot

SERVICE = Path(__file__).parent.parent / "vamp/drivers/scheduler/local/service.py"
PATIENCE_S = 20.0


class Place(Protocol):
    """Something that runs a small HTTP service, and what a test does to it from outside.

    Attributes:
        scheduler: the driver.
        resolution: how fine its times are.
    """

    scheduler: Scheduler
    resolution: timedelta

    def define(
        self, service: str, version: str, *, instances: int, labels: Mapping[str, str] | None = None
    ) -> None: ...
    def undefine(self, service: str, version: str) -> None: ...
    def crash(self, uid: str) -> None: ...
    def make_unready(self) -> None: ...
    def make_ready(self) -> None: ...
    def lose(self) -> None: ...
    def close(self) -> None: ...


class LocalPlace:
    resolution = timedelta(0)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler: Scheduler = LocalScheduler(folder)
        self.services: dict[str, Any] = {}
        self.write()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=run, args=(folder, self.stop))
        self.thread.start()
        eventually(lambda: read_status(folder) is not None)

    def write(self) -> None:
        text = json.dumps({"services": self.services, "ports": {"first": 24000, "last": 24999}})
        draft = self.folder / "draft"
        draft.write_text(text)
        draft.replace(self.folder / "services.yaml")

    def define(
        self, service: str, version: str, *, instances: int, labels: Mapping[str, str] | None = None
    ) -> None:
        versions = self.services.setdefault(service, {"versions": {}})["versions"]
        versions[version] = {
            "command": [sys.executable, "-S", "-E", str(SERVICE)],
            "arguments": ["$PORT", str(self.folder)],
            "instances": instances,
            "labels": dict(labels or {}),
            "readiness": {"http": "/health", "interval": "50ms", "failures": 2},
            "stop": {"drain": "50ms", "grace": "3s"},
        }
        self.write()

    def undefine(self, service: str, version: str) -> None:
        del self.services[service]["versions"][version]
        self.write()

    def crash(self, uid: str) -> None:
        status = read_status(self.folder)
        assert status is not None
        os.kill(next(one.pid for one in status.instances if one.uid == uid), signal.SIGKILL)

    def make_unready(self) -> None:
        (self.folder / "sick").touch()

    def make_ready(self) -> None:
        (self.folder / "sick").unlink()

    def lose(self) -> None:
        self.close()

    def close(self) -> None:
        self.stop.set()
        self.thread.join()


def local_place(request: pytest.FixtureRequest, folder: Path) -> Place:
    return LocalPlace(folder)


def kubernetes_place(request: pytest.FixtureRequest, folder: Path) -> Place:
    return KubernetesPlace(folder, request.getfixturevalue("node_of_processes"))


DRIVERS = [
    pytest.param(local_place, id="local"),
    pytest.param(kubernetes_place, id="kubernetes", marks=pytest.mark.stack),
]


@pytest.fixture(scope="module")
def node_of_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeOfProcesses]:
    node = NodeOfProcesses(tmp_path_factory.mktemp("node"))
    yield node
    node.close()


@pytest.fixture(params=DRIVERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    opened: Place = request.param(request, tmp_path)
    yield opened
    opened.close()


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "did not come about in time"
        time.sleep(0.005)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251


def until_time_shows(place: Place, since: datetime) -> None:
    """Wait until what happens now is told with a later time than `since`."""
    eventually(lambda: now() >= since + place.resolution)


def ready(place: Place, version: str = "1.0.0") -> list[ObservedInstance]:
    found = place.scheduler.snapshot().instances
    return [one for one in found if one.is_ready and one.version == version]


def watched(place: Place, cursor: str, until: Callable[[Snapshot], bool]) -> list[Snapshot]:
    """Collect what `watch` yields up to the first snapshot for which `until` holds."""
    seen = []
    for snapshot in place.scheduler.watch(cursor, timeout_s=PATIENCE_S):
        seen.append(snapshot)
        if until(snapshot):
            return seen
    raise AssertionError("watch ended before it came about")


def test_snapshot__nothing_defined__is_empty(place: Place) -> None:
    found = place.scheduler.snapshot()

    assert (list(found.instances), list(found.versions)) == ([], [])


def test_snapshot__two_instances_ready__tells_all_about_them(place: Place) -> None:
    before = now()
    place.define("shop", "1.0.0", instances=2, labels={"team": "web"})
    eventually(lambda: len(ready(place)) == 2)

    found = place.scheduler.snapshot()

    uids = [one.uid for one in found.instances]
    assert uids == sorted(uids)
    assert len(set(uids)) == 2
    assert len({(one.host, one.port) for one in found.instances}) == 2
    for one in found.instances:
        assert (one.service, one.version, one.reason, one.restarts) == ("shop", "1.0.0", "", 0)
        assert one.labels["team"] == "web"
        assert 1 <= one.port <= 65535
        assert one.since.tzinfo is not None
        assert before - place.resolution <= one.since <= now()
    (version,) = found.versions
    assert (version.service, version.version, version.desired) == ("shop", "1.0.0", 2)
    assert version.labels["team"] == "web"


def test_snapshot__version_scaled_to_nothing__is_still_known(place: Place) -> None:
    place.define("shop", "1.0.0", instances=0)
    eventually(lambda: place.scheduler.snapshot().versions)

    (version,) = place.scheduler.snapshot().versions

    assert version.desired == 0
    assert not place.scheduler.snapshot().instances


def test_watch__instance_appears_and_turns_ready__is_told(place: Place) -> None:
    cursor = place.scheduler.snapshot().cursor

    place.define("shop", "1.0.0", instances=1)

    seen = watched(place, cursor, lambda found: any(one.is_ready for one in found.instances))
    unready = next(found for found in seen if found.instances)
    assert not unready.instances[0].is_ready
    assert unready.instances[0].reason


def test_watch__changed_between_snapshot_and_watch__tells_at_once(place: Place) -> None:
    cursor = place.scheduler.snapshot().cursor
    place.define("shop", "1.0.0", instances=0)
    eventually(lambda: place.scheduler.snapshot().versions)

    begun = time.monotonic()
    first = next(iter(place.scheduler.watch(cursor, timeout_s=PATIENCE_S)))

    assert time.monotonic() - begun < PATIENCE_S
    assert first.versions


def test_watch__nothing_changes__ends_in_time_without_a_snapshot(place: Place) -> None:
    cursor = place.scheduler.snapshot().cursor
    begun = time.monotonic()

    seen = list(place.scheduler.watch(cursor, timeout_s=0.1))

    assert seen == []
    assert time.monotonic() - begun >= 0.09


def test_scale__up_and_down__is_followed(place: Place) -> None:
    place.define("shop", "1.0.0", instances=1)
    eventually(lambda: len(ready(place)) == 1)
    place.scheduler.scale("shop", "1.0.0", 3)
    eventually(lambda: len(ready(place)) == 3)
    assert place.scheduler.snapshot().versions[0].desired == 3
    three = {one.uid for one in ready(place)}

    place.scheduler.scale("shop", "1.0.0", 1)
    eventually(lambda: len(place.scheduler.snapshot().instances) == 1)
    assert {one.uid for one in ready(place)} < three

    place.scheduler.scale("shop", "1.0.0", 0)
    eventually(lambda: not place.scheduler.snapshot().instances)


def test_scale__unknown_version_or_negative__is_refused(place: Place) -> None:
    place.define("shop", "1.0.0", instances=0)
    eventually(lambda: place.scheduler.snapshot().versions)

    for service, version, instances in [
        ("shop", "2", 1),
        ("other", "1.0.0", 1),
        ("shop", "1.0.0", -1),
    ]:
        with pytest.raises(PortRefused):
            place.scheduler.scale(service, version, instances)
    with pytest.raises(PortRefused):
        place.scheduler.restart("shop", "2")


def test_restart__two_instances__replaces_each_with_two_ready_all_along(place: Place) -> None:
    place.define("shop", "1.0.0", instances=2)
    eventually(lambda: len(ready(place)) == 2)
    before = place.scheduler.snapshot()
    old = {one.uid for one in before.instances}

    place.scheduler.restart("shop", "1.0.0")

    def is_done(found: Snapshot) -> bool:
        now = {one.uid for one in found.instances if one.is_ready}
        return len(now) == 2 and not old & {one.uid for one in found.instances}

    seen = watched(place, before.cursor, is_done)
    for found in seen:
        assert sum(one.is_ready for one in found.instances) >= 2
    assert any(
        len(old & {one.uid for one in found.instances if one.is_ready}) == 1 for found in seen
    )


def test_instance__crashes__is_told_unready_and_started_again(place: Place) -> None:
    place.define("shop", "1.0.0", instances=1)
    eventually(lambda: len(ready(place)) == 1)
    before = place.scheduler.snapshot()
    until_time_shows(place, before.instances[0].since)

    place.crash(before.instances[0].uid)

    seen = watched(
        place,
        before.cursor,
        lambda found: any(one.is_ready and one.restarts for one in found.instances),
    )
    down = next(found.instances[0] for found in seen if not found.instances[0].is_ready)
    assert down.reason
    assert down.since > before.instances[0].since
    assert seen[-1].instances[0].uid == before.instances[0].uid


def test_instance__fails_its_probe_and_recovers__is_told_both(place: Place) -> None:
    place.define("shop", "1.0.0", instances=1)
    eventually(lambda: len(ready(place)) == 1)

    place.make_unready()
    eventually(lambda: not ready(place))
    down = place.scheduler.snapshot().instances[0]
    until_time_shows(place, down.since)
    place.make_ready()
    eventually(lambda: ready(place))

    assert down.reason
    assert down.restarts == 0
    assert ready(place)[0].since > down.since


def test_instance__being_stopped__is_told_unready_before_it_goes(place: Place) -> None:
    place.define("shop", "1.0.0", instances=1)
    eventually(lambda: ready(place))
    cursor = place.scheduler.snapshot().cursor

    place.scheduler.scale("shop", "1.0.0", 0)

    seen = watched(place, cursor, lambda found: not found.instances)
    assert any(found.instances and not found.instances[0].is_ready for found in seen)


def test_definition__version_taken_out__stops_its_instances(place: Place) -> None:
    place.define("shop", "1.0.0", instances=1)
    place.define("shop", "1.1.0", instances=1)
    eventually(lambda: ready(place) and ready(place, "1.1.0"))

    place.undefine("shop", "1.0.0")

    eventually(lambda: len(place.scheduler.snapshot().instances) == 1)
    assert [one.version for one in place.scheduler.snapshot().versions] == ["1.1.0"]
    assert ready(place, "1.1.0")


def test_logs__of_a_running_instance__are_its_last_lines(place: Place) -> None:
    place.define("shop", "1.0.0", instances=1)
    eventually(lambda: ready(place))
    uid = ready(place)[0].uid

    assert list(place.scheduler.logs(uid, lines=5)) == ["hello from 1.0.0 None"]
    assert list(place.scheduler.logs(uid, lines=0)) == []


@pytest.mark.parametrize("uid", ["", "nobody", "../services", "a/b", "\0"])
def test_logs__no_such_instance__is_refused(place: Place, uid: str) -> None:
    with pytest.raises(PortRefused):
        place.scheduler.logs(uid, lines=5)


def test_everything__scheduler_gone__is_unavailable(place: Place) -> None:
    place.define("shop", "1.0.0", instances=0)
    eventually(lambda: place.scheduler.snapshot().versions)
    cursor = place.scheduler.snapshot().cursor
    place.lose()

    uses: list[Callable[[], object]] = [
        place.scheduler.snapshot,
        lambda: list(place.scheduler.watch(cursor, timeout_s=PATIENCE_S)),
        lambda: place.scheduler.scale("shop", "1.0.0", 1),
        lambda: place.scheduler.restart("shop", "1.0.0"),
    ]
    for use in uses:
        with pytest.raises(PortUnavailable):
            use()


def test_check__that_works__tells_what_answers_and_what_it_allows(place: Place) -> None:
    found = place.scheduler.check()

    assert found.ok, found
    assert found.system
    assert found.latency_ms is not None
    assert found.findings


def test_check__that_is_lost__says_what_to_do(place: Place) -> None:
    place.lose()

    found = place.scheduler.check()

    assert not found.ok
    assert found.findings[-1].message
