"""What the supervisor waits for: ends of processes, results of probes, changed files, time."""

from __future__ import annotations

import os
import selectors
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress

from vamp.drivers.scheduler.local.instance import Instance
from vamp.drivers.scheduler.local.processes import ProcessId, is_running

_Watched = tuple[str, ProcessId]


class Wakeups:
    """One place to wait at. `wake` and `probed` may be called from any thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._bell_out, self._bell_in = os.pipe()
        os.set_blocking(self._bell_in, False)
        os.set_blocking(self._bell_out, False)
        self._selector.register(self._bell_out, selectors.EVENT_READ, None)
        self._processes: dict[_Watched, int] = {}
        self._probes: deque[tuple[str, ProcessId, str]] = deque()

    def __enter__(self) -> Wakeups:
        return self

    def __exit__(self, *error: object) -> None:
        for watched in list(self._processes):
            self._forget(watched)
        self._selector.close()
        os.close(self._bell_out)
        os.close(self._bell_in)

    def wake(self) -> None:
        """End the present `wait`, or the next one."""
        with suppress(BlockingIOError):  # full: it is ringing already
            os.write(self._bell_in, b".")

    def probed(self, uid: str, process: ProcessId, failure: str) -> None:
        """Hand over the result of a probe."""
        self._probes.append((uid, process, failure))
        self.wake()

    def probes(self) -> Iterator[tuple[str, ProcessId, str]]:
        """Yield the results handed over so far."""
        while self._probes:
            yield self._probes.popleft()

    def listen_to(self, instances: Iterable[Instance]) -> None:
        """Wait from now on for the ends of the processes of these instances, and of no others."""
        wanted = {
            (one.uid, one.process)
            for one in instances
            if one.process is not None and not one.leader_ended
        }
        for watched in self._processes.keys() - wanted:
            self._forget(watched)
        for watched in wanted - self._processes.keys():
            self._watch(watched)

    def wait(self, timeout_s: float) -> list[_Watched]:
        """Wait for something to happen; return the processes that ended, each once."""
        ended: list[_Watched] = []
        for key, _ in self._selector.select(max(0.0, timeout_s)):
            if key.data is None:
                with suppress(BlockingIOError):
                    while os.read(self._bell_out, 4096):
                        pass
            else:
                ended.append(key.data)
                self._forget(key.data)
        return ended

    def _watch(self, watched: _Watched) -> None:
        descriptor = _end_of(watched[1])
        self._processes[watched] = descriptor
        self._selector.register(descriptor, selectors.EVENT_READ, watched)

    def _forget(self, watched: _Watched) -> None:
        descriptor = self._processes.pop(watched)
        self._selector.unregister(descriptor)
        os.close(descriptor)


def _end_of(process: ProcessId) -> int:
    """Return a descriptor that is readable once the process has ended."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(process.pid)
        if is_running(process):
            return descriptor
        os.close(descriptor)
    # It ended before we looked, and its pid may be another's by now.
    ended, other = os.pipe()
    os.close(other)
    return ended
