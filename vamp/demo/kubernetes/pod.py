"""The life of one pod on this machine, from its binding to its end, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from vamp.demo.kubernetes.plan import NotRunnable, Plan, Probe, plan_of
from vamp.demo.kubernetes.process import Process, ask
from vamp.demo.kubernetes.readiness import Readiness
from vamp.demo.kubernetes.reporter import Reporter
from vamp.demo.kubernetes.status import Ended, Running, finished_status, pod_status
from vamp.drivers.clock.system import SystemClock

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_HEALTHY_S: Final = 10.0
"""A process that ran for so long counts as healthy: its end begins the pauses anew."""


@dataclass(slots=True, eq=False)
class PodRun:
    """Runs one pod until it is asked to stop.

    Attributes:
        pod: as the API server gave it when it was bound.
        address: the pod's own.
        log: file of its output.
        reporter: tells the API server.
        restarts: how often its process was started again.
    """

    pod: Mapping[str, Any]
    address: str
    log: Path
    reporter: Reporter
    restarts: int = 0
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _is_overwritten: bool = False
    _is_gone: bool = False
    _is_abandoned: bool = False
    _grace_s: float = 0.0
    _process: Process | None = None
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start the pod's thread."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, grace_s: float) -> None:
        """Ask the pod to end within `grace_s`; it is deleted when it has."""
        self._grace_s = grace_s
        self._stop.set()
        self._wake.set()

    def seen(self, pod: Mapping[str, Any]) -> None:
        """Take the pod as the API server has it now, and set right what others wrote into it."""
        if self.reporter.differs(pod):
            self._is_overwritten = True
            self._wake.set()

    def vanish(self) -> None:
        """End at once: the API server knows the pod no more."""
        self._is_gone = True
        if self._process is not None:
            self._process.kill()
        self.stop(0)

    def abandon(self, grace_s: float) -> None:
        """End the process and leave the pod as it is, because the node ends."""
        self._is_abandoned = True
        self.stop(grace_s)

    def join(self) -> None:
        """Wait until nothing of it runs any more."""
        if self._thread is not None:
            self._thread.join()

    @property
    def _name(self) -> str:
        return str(self.pod["metadata"]["name"])

    def _run(self) -> None:
        try:
            plan = plan_of(self.pod, address=self.address)
        except NotRunnable as error:
            self._tell_waiting(None, ("CreateContainerConfigError", str(error)))
            self._wait_for_stop()
        else:
            self._keep_running(plan)
        if not self._is_gone and not self._is_abandoned:
            self.reporter.delete(self._stop_waiting)

    def _keep_running(self, plan: Plan) -> None:
        pause_s = _FIRST_PAUSE_S
        last: Ended | None = None
        while not self._stop.is_set():
            begun = time.monotonic()
            last = self._run_once(plan, last)
            if self._stop.is_set():
                return
            if last.code == 0 and not plan.restarts:
                self.reporter.tell(finished_status(self.reporter.uid, plan, last))
                self._wait_for_stop()
                return
            if time.monotonic() - begun >= _HEALTHY_S:
                pause_s = _FIRST_PAUSE_S
            text = f"ended with {last.code}, starts again in {pause_s:g} s"
            self._tell_waiting(plan, ("CrashLoopBackOff", text), last)
            self._stop.wait(pause_s)
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
            self.restarts += 1

    def _run_once(self, plan: Plan, last: Ended | None) -> Ended:
        """Start the process, follow it until it ends or the pod is to stop; say how it ended."""
        started_at = SystemClock().now()
        try:
            process = Process(plan, name=self._name, log=self.log, on_end=self._wake.set)
        except OSError as error:
            with self.log.open("a") as log:
                log.write(f"cannot be started: {error}\n")
            return Ended(127, started_at, SystemClock().now())
        self._process = process
        if self._is_gone:
            process.kill()
        self._follow(plan, process, Running(self.address, started_at, False, started_at,
                                            self.restarts, last, unready="starts"))  # fmt: skip
        if process.code() is None:
            self._end(plan, process)
        return Ended(process.code() or 0, started_at, SystemClock().now())

    def _follow(self, plan: Plan, process: Process, now: Running) -> None:
        readiness = Readiness(plan.probe, now)
        self._tell(plan, readiness.now)
        while process.code() is None and not self._stop.is_set():
            self._wake.wait(self.reporter.retry_within(readiness.wait_s()))
            self._wake.clear()
            if process.code() is not None or self._stop.is_set():
                return
            if self._is_overwritten:
                self._is_overwritten = False
                self.reporter.tell_again()
            self.reporter.retry()
            if readiness.is_due() and readiness.take(self._asked(plan.probe)):
                self._tell(plan, readiness.now)

    def _asked(self, probe: Probe | None) -> str:
        return ask(self.address, probe) if probe else ""

    def _end(self, plan: Plan, process: Process) -> None:
        until = time.monotonic() + plan.drain_s
        while process.code() is None and not self._is_gone and not self._is_abandoned:
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            self._wake.wait(left_s)
            self._wake.clear()
        process.stop(0 if self._is_gone else max(0.0, self._grace_s - plan.drain_s))

    def _tell(self, plan: Plan, now: Running) -> None:
        self.reporter.tell(pod_status(self.reporter.uid, plan, plan.container, now))

    def _tell_waiting(
        self, plan: Plan | None, why: tuple[str, str], last: Ended | None = None
    ) -> None:
        container = self.pod["spec"]["containers"][0]["name"]
        now = Running(
            self.address, None, False, SystemClock().now(), self.restarts, last, why, why[1]
        )
        self.reporter.tell(pod_status(self.reporter.uid, plan, container, now))

    def _wait_for_stop(self) -> None:
        while not self._stop.wait(self.reporter.retry_within(None)):
            self.reporter.retry()

    def _stop_waiting(self, seconds: float) -> bool:
        """Wait before a deletion is tried again; tell whether to try at all."""
        self._wake.wait(seconds)
        return not self._is_gone and not self._is_abandoned
