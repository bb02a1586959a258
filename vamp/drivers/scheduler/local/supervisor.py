"""The resident process that makes what runs on this machine be what a folder says.

``python -m vamp.drivers.scheduler.local.supervisor FOLDER``. It may be killed at any moment: what
it started runs on and is taken over by the next one. SIGTERM and SIGINT stop all it keeps.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vamp.drivers.clock.system import SystemClock
from vamp.drivers.durable import locked, make_folder
from vamp.drivers.scheduler.local import logs
from vamp.drivers.scheduler.local.definition import DEFINITION, Definition, Workload
from vamp.drivers.scheduler.local.instance import Instance
from vamp.drivers.scheduler.local.keeper import Keeper, refresh
from vamp.drivers.scheduler.local.loading import load_definition
from vamp.drivers.scheduler.local.plan import Plan, Running, plan
from vamp.drivers.scheduler.local.probes import probe
from vamp.drivers.scheduler.local.processes import ProcessId, machine_boot
from vamp.drivers.scheduler.local.status import (
    SUPERVISOR_LOCK,
    Status,
    VersionStatus,
    read_status,
    write_status,
)
from vamp.drivers.scheduler.local.wakeups import Wakeups
from vamp.drivers.scheduler.local.wishes import WISHES, Wishes, read_wishes
from vamp.drivers.watching import FolderWatch
from vamp.ports.clock import Clock

_LOG = logging.getLogger("vamp.scheduler.local")

_LONGEST_WAIT_S = 0.1
_HOUSEKEEPING_S = 5.0
_LOCK_TIMEOUT_S = 5.0
_PROBERS = 16


class Supervisor:
    """Keeps the instances of one folder. `run` is called once, in a thread of its own or not."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self._folder = folder.resolve()
        self._boot = machine_boot()
        self._definition = Definition()
        self._faults: tuple[str, ...] = ()
        self._wishes = Wishes()
        self._keeper = Keeper(self._folder, clock or SystemClock(), range(20_000, 30_000))
        self._told = Status()
        self._housekept_at = 0.0
        self._reported = ""
        self._changed = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Reconcile until `stop` is set, then stop every instance and return.

        Raises:
            TimeoutError: another supervisor keeps the folder.
        """
        make_folder(self._folder / logs.LOGS)
        with (
            locked(self._folder / SUPERVISOR_LOCK, timeout_s=_LOCK_TIMEOUT_S),
            Wakeups() as wakeups,
            FolderWatch(self._folder, {DEFINITION, WISHES}.__contains__, step_ms=20) as watch,
            ThreadPoolExecutor(_PROBERS, "probe") as probers,
        ):
            watcher = threading.Thread(target=self._watch, args=(watch, wakeups), daemon=True)
            watcher.start()
            self._load()
            self._adopt()
            while not stop.is_set():
                self._turn(wakeups, probers)
            self._stop_all(wakeups)
            watch.close()
            watcher.join()

    def _turn(self, wakeups: Wakeups, probers: ThreadPoolExecutor) -> None:
        now_s = time.monotonic()
        try:
            if self._changed.is_set():
                self._changed.clear()
                self._load()
            while self._reconcile(now_s):
                pass
            self._launch_and_tell(now_s, wakeups)
            self._housekeep(now_s)
        except OSError as error:  # a full disk must not end what serves
            self._report(error)
        for instance in self._keeper.to_probe(now_s):
            if instance.process is not None:
                probers.submit(_probe, instance, instance.process, wakeups)
        self._wait(wakeups, self._keeper.next_due_at(now_s + _LONGEST_WAIT_S))

    def _report(self, error: OSError) -> None:
        if str(error) != self._reported:
            self._reported = str(error)
            _LOG.error("supervisor.failed folder=%s error=%s", self._folder, error)

    def _wait(self, wakeups: Wakeups, until: float) -> None:
        ended = wakeups.wait(until - time.monotonic())
        now_s = time.monotonic()
        for uid, process in ended:
            instance = self._keeper.instances.get(uid)
            if instance is not None and instance.process == process:
                self._keeper.ended(uid, now_s, is_current=self._is_current(instance))
        for uid, process, failure in wakeups.probes():
            self._keeper.probed(uid, process, failure, now_s)

    def _watch(self, watch: FolderWatch, wakeups: Wakeups) -> None:
        while not watch.is_closed:
            if watch.wait(3600.0):
                self._changed.set()
                wakeups.wake()

    def _load(self) -> None:
        found, faults = load_definition(self._folder)
        if faults != self._faults and faults:
            _LOG.warning("definition.refused folder=%s faults=%s", self._folder, "; ".join(faults))
        self._faults = faults
        if found is not None:
            self._definition = found
            self._keeper.ports = range(found.first_port, found.last_port + 1)
        self._wishes = read_wishes(self._folder)

    def _adopt(self) -> None:
        told = read_status(self._folder)
        if told is None:
            return
        self._told = Status(revision=told.revision)
        if told.machine_boot != self._boot:
            return
        known = self._workloads()
        now_s = time.monotonic()
        for found in told.instances:
            gone = Workload(found.service, found.version, labels=found.labels, host=found.host)
            workload = known.get((found.service, found.version), gone)
            self._keeper.adopt(found, workload, now_s)

    def _workloads(self) -> Mapping[tuple[str, str], Workload]:
        return {(one.service, one.version): one for one in self._definition.workloads}

    def _fingerprint(self, workload: Workload) -> str:
        restarted = self._wishes.restarted(workload.service, workload.version)
        return f"{workload.fingerprint}-{restarted}"

    def _is_current(self, instance: Instance) -> bool:
        workload = instance.workload
        known = self._workloads().get((workload.service, workload.version))
        return known is not None and self._fingerprint(known) == instance.fingerprint

    def _reconcile(self, now_s: float) -> bool:
        """Take the next steps of every version; tell whether there were any."""
        is_changed = False
        present: dict[tuple[str, str], list[Instance]] = {}
        for instance in self._keeper.instances.values():
            if not instance.is_leaving:
                key = (instance.workload.service, instance.workload.version)
                present.setdefault(key, []).append(instance)
        known = self._workloads()
        for key, workload in known.items():
            is_changed |= self._reconcile_one(workload, present.get(key, []), now_s)
        for key in present.keys() - known.keys():
            for instance in present[key]:
                self._keeper.stop(instance.uid, now_s, reason="no longer in the definition")
        return is_changed

    def _reconcile_one(self, workload: Workload, present: list[Instance], now_s: float) -> bool:
        fingerprint = self._fingerprint(workload)
        refresh(present, workload, fingerprint)
        steps = plan(
            self._desired(workload),
            [Running(one.uid, one.fingerprint == fingerprint, one.is_ready) for one in present],
        )
        for uid in steps.stop:
            self._keeper.stop(uid, now_s, reason="stopping")
        for _ in range(steps.start):
            self._keeper.start(workload, fingerprint, now_s)
        return steps != Plan()

    def _desired(self, workload: Workload) -> int:
        return self._wishes.instances(
            workload.service, workload.version, defined=workload.instances
        )

    def _launch_and_tell(self, now_s: float, wakeups: Wakeups) -> None:
        launched = self._keeper.step(now_s)
        wakeups.listen_to(self._keeper.instances.values())
        try:
            self._tell()
        finally:
            for instance in launched:
                if instance.held is not None:
                    instance.held.go()

    def _tell(self) -> None:
        instances = sorted(self._keeper.instances.values(), key=lambda one: one.uid)
        status = Status(
            revision=self._told.revision + 1,
            machine_boot=self._boot,
            supervisor=os.getpid(),
            faults=self._faults,
            versions=tuple(
                VersionStatus(
                    one.service, one.version, self._desired(one), one.instances, dict(one.labels)
                )
                for one in self._definition.workloads
            ),
            instances=tuple(one.status() for one in instances),
        )
        if not status.is_same_but_for_revision(self._told):
            write_status(self._folder, status)
            self._told = status

    def _housekeep(self, now_s: float) -> None:
        if now_s - self._housekept_at < _HOUSEKEEPING_S:
            return
        self._housekept_at = now_s
        for uid in self._keeper.instances:
            logs.turn_over(logs.log_path(self._folder, uid))
        logs.prune(self._folder, running=self._keeper.instances)

    def _stop_all(self, wakeups: Wakeups) -> None:
        now_s = time.monotonic()
        for uid in list(self._keeper.instances):
            self._keeper.stop(uid, now_s, reason="the supervisor stops", drain=False)
        while self._keeper.instances:
            now_s = time.monotonic()
            try:
                self._launch_and_tell(now_s, wakeups)
            except OSError as error:
                self._report(error)
            if self._keeper.instances:
                self._wait(wakeups, self._keeper.next_due_at(now_s + _LONGEST_WAIT_S))
        self._tell()


def run(folder: Path, stop: threading.Event) -> None:
    """Supervise `folder` until `stop` is set; see `Supervisor.run`."""
    Supervisor(folder).run(stop)


def main() -> int:
    """Supervise the folder named on the command line until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="Runs the services of FOLDER/services.yaml.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    try:
        run(folder, stop)
    except TimeoutError:
        sys.stderr.write(f"another supervisor keeps {folder}\n")
        return 1
    return 0


def _probe(instance: Instance, process: ProcessId, wakeups: Wakeups) -> None:
    workload = instance.workload
    wakeups.probed(instance.uid, process, probe(workload.host, instance.port, workload.readiness))


if __name__ == "__main__":
    sys.exit(main())
