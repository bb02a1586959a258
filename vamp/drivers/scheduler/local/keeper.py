"""Keeps instances: starts, probes, starts again after a pause, drains, stops and ends them."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from vamp.drivers.scheduler.local.definition import Workload
from vamp.drivers.scheduler.local.instance import Instance, Phase
from vamp.drivers.scheduler.local.launch import LaunchFailed, launch
from vamp.drivers.scheduler.local.processes import ProcessId, has_rest, is_running, send
from vamp.drivers.scheduler.local.status import InstanceStatus
from vamp.listening import is_free
from vamp.ports.clock import Clock

_PROBE_BEFORE_READY_S = 0.1
_TELL_PROBES_AFTER_S = 2.0
_LOOK_AGAIN_S = 0.05
_NO_PORT_PAUSE_S = 1.0


class Keeper:
    """The instances of one folder. One thread uses it; time comes in as an argument.

    Args:
        folder: of the definition.
        clock: for what is shown to people.
        ports: the range that instances listen in.
    """

    def __init__(self, folder: Path, clock: Clock, ports: range) -> None:
        self.instances: dict[str, Instance] = {}
        self.ports = ports
        self._folder = folder
        self._clock = clock
        self._next_port = secrets.randbelow(len(ports))

    def start(self, workload: Workload, fingerprint: str, now_s: float) -> Instance:
        """Add an instance; the next `step` launches it."""
        uid = f"{workload.service}-{workload.version}-{secrets.token_hex(3)}"
        instance = Instance(
            uid=uid,
            workload=workload,
            fingerprint=fingerprint,
            port=0,
            since=self._clock.now(),
            due_at=now_s,
        )
        self.instances[uid] = instance
        return instance

    def stop(self, uid: str, now_s: float, *, reason: str, drain: bool = True) -> None:
        """Tell the instance unready, and stop it after its drain time."""
        instance = self.instances[uid]
        if instance.process is None:
            del self.instances[uid]
            return
        was_ready = instance.is_ready
        instance.tell(is_ready=False, reason=reason, now=self._clock.now())
        if instance.phase is not Phase.STOPPING:
            instance.phase = Phase.DRAINING
            instance.due_at = now_s + (instance.workload.drain_s if drain and was_ready else 0.0)

    def adopt(self, found: InstanceStatus, workload: Workload, now_s: float) -> None:
        """Take over an instance that another supervisor started."""
        instance = Instance(
            uid=found.uid,
            workload=workload,
            fingerprint=found.fingerprint,
            port=found.port,
            since=datetime.fromisoformat(found.since),
            restarts=found.restarts,
            reason=found.reason,
            is_ready=found.is_ready,
            was_ready=found.is_ready,
            ready_at=now_s if found.is_ready else None,
            due_at=now_s,
            probe_at=now_s,
            launched_at=now_s,
        )
        self.instances[found.uid] = instance
        if not found.pid:
            return
        instance.process = ProcessId(found.pid, found.pid_started)
        instance.phase = Phase.RUNNING
        if found.phase in (Phase.DRAINING, Phase.STOPPING):
            self.stop(found.uid, now_s, reason=found.reason)
        if not is_running(instance.process):
            self.ended(found.uid, now_s, is_current=True)

    def step(self, now_s: float) -> list[Instance]:
        """Do all that is due.

        Returns:
            Instances launched and still held: record them, then let each ``held.go()``.
        """
        launched = []
        for instance in [one for one in self.instances.values() if one.due_at <= now_s]:
            if instance.phase is Phase.WAITING:
                if self._launch(instance, now_s):
                    launched.append(instance)
            elif instance.phase is Phase.DRAINING:
                self._send(instance, signal.SIGTERM)
                instance.phase = Phase.STOPPING
                instance.due_at = now_s + instance.workload.grace_s
            elif instance.phase is Phase.STOPPING:
                self._send(instance, signal.SIGKILL)
                instance.due_at = now_s + _LOOK_AGAIN_S
        for instance in [one for one in self.instances.values() if one.leader_ended]:
            if instance.process is None or not has_rest(instance.process):
                del self.instances[instance.uid]
        return launched

    def next_due_at(self, latest: float) -> float:
        """Return when `step` or `to_probe` has something to do next, at most `latest`."""
        times = [latest]
        for one in self.instances.values():
            if one.leader_ended:
                times.append(latest - _LOOK_AGAIN_S)
            if one.phase is not Phase.RUNNING:
                times.append(one.due_at)
            elif not one.is_probed:
                times.append(one.probe_at)
        return min(times)

    def to_probe(self, now_s: float) -> Iterator[Instance]:
        """Yield the instances that are to be probed now, each once until `probed` is called."""
        for instance in self.instances.values():
            is_due = instance.phase is Phase.RUNNING and instance.probe_at <= now_s
            if is_due and not instance.is_probed:
                instance.is_probed = True
                yield instance

    def probed(self, uid: str, process: ProcessId, failure: str, now_s: float) -> None:
        """Take in what a probe found: an empty `failure` means ready."""
        instance = self.instances.get(uid)
        if instance is None or instance.process != process:
            return
        instance.is_probed = False
        readiness = instance.workload.readiness
        soon_s = readiness.interval_s
        if failure and not instance.was_ready:
            soon_s = min(soon_s, _PROBE_BEFORE_READY_S)
        instance.probe_at = now_s + soon_s
        if instance.phase is not Phase.RUNNING:
            return
        if failure:
            self._failed(instance, failure, now_s)
            return
        instance.failures = 0
        instance.was_ready = True
        if instance.ready_at is None:
            instance.ready_at = now_s
        instance.tell(is_ready=True, reason="", now=self._clock.now())

    def ended(self, uid: str, now_s: float, *, is_current: bool) -> None:
        """Take in that the instance's process ended; `is_current` ones are started again."""
        instance = self.instances.get(uid)
        if instance is None or instance.process is None:
            return
        how = _how(instance.held.reap()) if instance.held else "ended"
        instance.held = None
        if instance.is_leaving:
            instance.leader_ended = True
            return
        send(instance.process, signal.SIGKILL)
        instance.process = None
        if not is_current:
            del self.instances[uid]
            return
        pause_s = instance.pause_after_end(now_s)
        again = "crash loop, starts" if instance.crashes > 1 else "starts"
        reason = f"{how}; {again} again after {pause_s:g} s"
        instance.tell(is_ready=False, reason=reason, now=self._clock.now())
        self._wait(instance, now_s + pause_s)
        instance.restarts += 1

    def _failed(self, instance: Instance, failure: str, now_s: float) -> None:
        instance.failures += 1
        if instance.is_ready and instance.failures < instance.workload.readiness.failures:
            return
        instance.ready_at = None
        reason = failure
        if not instance.was_ready:
            # An instance needs a moment to start, and one that crashes has a better reason.
            is_new = now_s - instance.launched_at < _TELL_PROBES_AFTER_S
            reason = instance.reason if is_new or instance.crashes else failure
        instance.tell(is_ready=False, reason=reason, now=self._clock.now())

    def _launch(self, instance: Instance, now_s: float) -> bool:
        try:
            instance.port = self._port(instance)
            instance.held = launch(instance, self._folder)
        except LaunchFailed as error:
            pause_s = max(instance.pause_after_end(now_s), _NO_PORT_PAUSE_S)
            instance.tell(is_ready=False, reason=str(error), now=self._clock.now())
            self._wait(instance, now_s + pause_s)
            return False
        instance.process = instance.held.id
        instance.phase = Phase.RUNNING
        instance.launched_at = instance.probe_at = now_s
        return True

    def _wait(self, instance: Instance, until: float) -> None:
        instance.phase = Phase.WAITING
        instance.due_at = until
        instance.ready_at = None
        instance.is_probed = instance.was_ready = False
        instance.failures = 0

    def _port(self, instance: Instance) -> int:
        taken = {one.port for one in self.instances.values() if one is not instance}
        host = instance.workload.host
        for port in self._candidates(instance.port):
            if port not in taken and is_free(host, port):
                return port
        raise LaunchFailed(f"no port from {self.ports[0]} to {self.ports[-1]} is free on {host}")

    def _candidates(self, last: int) -> Iterator[int]:
        if last in self.ports:
            yield last
        for _ in self.ports:
            self._next_port = (self._next_port + 1) % len(self.ports)
            yield self.ports[self._next_port]

    def _send(self, instance: Instance, wanted: signal.Signals) -> None:
        if instance.process is not None and not send(instance.process, wanted):
            instance.leader_ended = True


def refresh(instances: Iterable[Instance], workload: Workload, fingerprint: str) -> None:
    """Let running instances of the workload take over what needs no new process."""
    for instance in instances:
        if instance.fingerprint == fingerprint:
            instance.workload = workload


def _how(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
