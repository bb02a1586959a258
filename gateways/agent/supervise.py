"""One HAProxy in master-worker mode: start it, take over a running one, reload it, stop it.

HAProxy lives in a session of its own: the end of the agent, however sudden, does not touch it, and
the next agent on the same folder takes it over.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from gateways.agent.master import MasterSocket, Processes
from gateways.agent.places import Places, replace_text
from gateways.agent.processes import ProcessId
from gateways.agent.runtime import CommandSocket, RuntimeUnavailable

START_TIMEOUT_S = 30.0
"""How long a start or a reload may take until the new worker answers (10,000 gateways: 0.6 s)."""

OLD_WORKERS = 8
"""How many workers may be finishing their connections when the next reload is asked for."""

OLD_WORKER_PATIENCE_S = 5.0
"""How long a reload waits for one of them to end before the oldest is told to."""

_POLL_S = 0.005
_KILLED_S = 2.0
_OUTPUT_BYTES = 1 << 20

log = logging.getLogger("vga.haproxy")


class StartFailed(Exception):
    """HAProxy did not start, or ended at once. The message holds its own last words."""


class ReloadFailed(Exception):
    """The new configuration did not go live; the worker from before serves on."""


class HAProxy:
    """The supervised process. Used by one thread; `worker` and `master` may be by any.

    Attributes:
        worker: command socket of the worker that serves.
        master: command socket of the master.
    """

    def __init__(self, program: Path, places: Places) -> None:
        self._program = program
        self._places = places
        self._child: subprocess.Popen[bytes] | None = None
        self._identity: ProcessId | None = None
        self.worker = CommandSocket(places.worker_socket)
        self.master = MasterSocket(places.master_socket)

    def is_alive(self) -> bool:
        """Tell whether the master runs."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        return self._identity is not None and self._identity.is_alive()

    def pids(self) -> tuple[int, ...]:
        """Return the master and all its workers; empty while it does not run."""
        if not self.is_alive():
            return ()
        assert self._identity is not None  # noqa: S101  (`is_alive` says so)
        try:
            found = self.master.processes()
        except RuntimeUnavailable:
            return (self._identity.pid,)
        return (found.master, *found.current, *found.old)

    def check(self, config: Path) -> str:
        """Let HAProxy read `config` without running it; return its words, empty if it is fine.

        Cost: a process; 20 ms for one gateway, about 1 s for 10,000.
        """
        done = subprocess.run(  # noqa: S603
            [str(self._program), "-c", "-f", str(config)],
            capture_output=True,
            text=True,
            check=False,
            timeout=START_TIMEOUT_S,
        )
        return "" if done.returncode == 0 else alerts(done.stderr) or f"exit {done.returncode}"

    def version(self) -> str:
        """Return the program's version, such as ``2.6.12``."""
        done = subprocess.run(  # noqa: S603
            [str(self._program), "-v"], capture_output=True, text=True, check=False, timeout=10
        )
        words = done.stdout.split()
        return words[2].partition("-")[0] if len(words) > 2 else "unknown"

    def start(self) -> None:
        """Start it on the live configuration and return once its worker answers.

        Raises:
            StartFailed: it ended, or did not answer in time; it does not run now.
        """
        output = self._places.output
        if output.exists() and output.stat().st_size > _OUTPUT_BYTES:
            output.unlink()
        with output.open("ab") as file:
            said_before = file.tell()
            self._child = subprocess.Popen(  # noqa: S603
                [
                    str(self._program),
                    "-W",
                    "-S",
                    f"{self._places.master_socket},mode,600",
                    "-f",
                    str(self._places.config),
                ],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                env={**os.environ, "TZ": "UTC"},
                cwd="/",
            )
        self._identity = ProcessId.of(self._child.pid)
        if self._identity is not None:
            replace_text(self._places.process, f"{self._identity.pid} {self._identity.started}\n")
        try:
            self._await_worker(lambda found: found.worker != 0)
        except RuntimeUnavailable as error:
            self.kill()
            words = output.read_bytes()[said_before:].decode(errors="replace")
            raise StartFailed(alerts(words) or str(error)) from error
        log.info("haproxy.started", extra={"pid": self._identity and self._identity.pid})

    def adopt(self) -> bool:
        """Take over the HAProxy that an earlier agent left running here; tell whether there is one.

        It must be the noted process, run on our configuration, and answer on its sockets; a noted
        one that does not answer is killed, for it holds the ports.
        """
        self._identity = self.noted()
        if self._identity is None:
            return False
        deadline = time.monotonic() + 2.0
        while time.monotonic() < deadline and self._identity.is_alive():
            try:
                if self.worker_pid() == self.master.processes().worker:
                    log.info("haproxy.adopted", extra={"pid": self._identity.pid})
                    return True
            except RuntimeUnavailable:
                pass
            time.sleep(_POLL_S * 10)
        self.kill()
        return False

    def reload(self, *, before: Callable[[Processes], None] = lambda _: None) -> Processes:
        """Put the live configuration to work in a new worker and return once that answers.

        The listening sockets pass to the new worker; the old one finishes its connections.

        Args:
            before: called with the processes as they are, just before the reload is asked for.

        Raises:
            ReloadFailed: the old worker serves on as it was.
            RuntimeUnavailable: the master is gone.
        """
        found = self._room_for_reload()
        before(found)
        self.master.reload()

        def settled(now: Processes) -> bool:
            if now.reloads > found.reloads and now.failed:
                raise ReloadFailed(
                    alerts(self._last_words()) or "HAProxy refused the configuration"
                )
            return now.worker not in (0, found.worker)

        now = self._await_worker(settled)
        log.info("haproxy.reloaded", extra={"worker": now.worker, "old_workers": len(now.old)})
        return now

    def worker_pid(self) -> int:
        """Ask the worker that serves for its process id.

        Raises:
            RuntimeUnavailable: no answer.
        """
        return int(facts(self.worker.ask("show info")).get("Pid", "0"))

    def stop(self, *, timeout_s: float) -> None:
        """Stop accepting, let open requests finish, and end; kill what is left at the time-out."""
        if not self.is_alive():
            return
        assert self._identity is not None  # noqa: S101  (`is_alive` says so)
        os.kill(self._identity.pid, signal.SIGUSR1)
        deadline = time.monotonic() + timeout_s
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(_POLL_S * 4)
        self.kill()

    def kill(self) -> None:
        """End master and workers at once, and return when their ports are free. Idempotent."""
        pids = self.pids()
        ending = [process for pid in pids if (process := ProcessId.of(pid)) is not None]
        for process in ending:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self._child is not None and pids:
            self._child.wait()
        deadline = time.monotonic() + _KILLED_S
        while any(process.is_alive() for process in ending) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        self._child = self._identity = None
        self._places.process.unlink(missing_ok=True)

    def noted(self) -> ProcessId | None:
        """Return the master that was noted by the last start, if it still runs; asks nobody."""
        try:
            pid, started = self._places.process.read_text().split()
            noted = ProcessId(int(pid), int(started))
        except (OSError, ValueError):
            return None
        return noted if noted.is_alive() and noted.runs_with(str(self._places.config)) else None

    def _await_worker(self, settled: Callable[[Processes], bool]) -> Processes:
        """Wait for `settled`, and then until the worker that it speaks of answers by itself."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_alive():
            try:
                found = self.master.processes()
                if settled(found) and self.worker_pid() == found.worker:
                    return found
            except RuntimeUnavailable:
                pass
            if time.monotonic() > deadline:
                raise RuntimeUnavailable(f"no worker answered within {START_TIMEOUT_S:g} s")
            time.sleep(_POLL_S)
        raise RuntimeUnavailable("HAProxy ended")

    def _room_for_reload(self) -> Processes:
        """Wait until few enough old workers are left; after a while end the oldest."""
        deadline = time.monotonic() + OLD_WORKER_PATIENCE_S
        while True:
            found = self.master.processes()
            if len(found.old) < OLD_WORKERS:
                return found
            if time.monotonic() > deadline:
                log.warning("haproxy.old_worker_ended", extra={"pid": found.old[-1]})
                os.kill(found.old[-1], signal.SIGTERM)
                deadline = time.monotonic() + OLD_WORKER_PATIENCE_S
            time.sleep(_POLL_S * 4)

    def _last_words(self) -> str:
        with self._places.output.open("rb") as file:
            file.seek(max(0, self._places.output.stat().st_size - 8192))
            return file.read().decode(errors="replace")


def facts(text: str) -> dict[str, str]:
    """Read ``Name: value`` lines, as ``show info`` prints them."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value.strip() for name, colon, value in pairs if colon}


def alerts(output: str) -> str:
    """Return HAProxy's alerts, without time and process id, or its last line where it has none."""
    lines = [line for line in output.splitlines() if line.strip()]
    found = [line.partition(" : ")[2] for line in lines if line.startswith("[ALERT]")]
    return "; ".join(found[:10]) or (lines[-1] if lines else "")
