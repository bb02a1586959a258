"""One process in place of a container: started, watched, stopped, and never left behind."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from vamp.demo.kubernetes.plan import Plan, Probe

_DIES_WITH_US: Final = ("setpriv", "--pdeathsig", "KILL", "--")
"""The kernel kills the process when the thread that started it ends, however that comes about."""


class Process:
    """A process that leads a session of its own; its output goes to a file.

    Started by a thread that lives as long as it: see `_DIES_WITH_US`.

    Args:
        plan: what to run.
        name: of the pod, its host name.
        log: file that output is appended to.
        on_end: called from another thread once it ended.

    Raises:
        OSError: the working directory or the log cannot be opened.
    """

    def __init__(self, plan: Plan, *, name: str, log: Path, on_end: Callable[[], None]) -> None:
        variables = {"HOSTNAME": name, **_surroundings(), **plan.variables}
        with log.open("ab") as output:
            self._child = subprocess.Popen(  # noqa: S603 the cluster's users say what to run
                [*_DIES_WITH_US, *plan.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=variables,
                cwd=plan.directory or None,
                start_new_session=True,
            )
        self._on_end = on_end
        self._is_over = threading.Event()
        threading.Thread(target=self._wait, name=f"wait-{name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Return its process id, also that of its session."""
        return self._child.pid

    def code(self) -> int | None:
        """Return how it ended, 128 + signal where a signal did it; None while it runs."""
        if not self._is_over.is_set():
            return None
        code = self._child.returncode
        return code if code >= 0 else 128 - code

    def stop(self, grace_s: float) -> None:
        """Send SIGTERM, after `grace_s` SIGKILL, to its whole session; return when it is over."""
        self._send(signal.SIGTERM)
        if not self._is_over.wait(grace_s):
            self._send(signal.SIGKILL)
            self._is_over.wait()

    def kill(self) -> None:
        """Send SIGKILL to its whole session."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if not self._is_over.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)

    def _wait(self) -> None:
        self._child.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)  # what it started goes with it
        self._is_over.set()
        self._on_end()


def ask(address: str, probe: Probe) -> str:
    """Probe once. Returns an empty text where it is ready, else why not."""
    if not probe.path:
        return _connects(address, probe)
    connection = http.client.HTTPConnection(address, probe.port, timeout=probe.timeout_s)
    try:
        connection.request("GET", probe.path, headers={"Connection": "close", **probe.headers})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"Readiness probe failed: {probe.path}: {type(error).__name__}"
    finally:
        connection.close()
    return "" if 200 <= status < 400 else f"Readiness probe failed: {probe.path} answered {status}"


def _connects(address: str, probe: Probe) -> str:
    try:
        socket.create_connection((address, probe.port), timeout=probe.timeout_s).close()
    except OSError as error:
        return f"Readiness probe failed: port {probe.port}: {type(error).__name__}"
    return ""


def _surroundings() -> Mapping[str, str]:
    """Return what every process is given: none of the node's own settings."""
    passed = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR", "HOME", "TZ") if name in os.environ}  # fmt: skip
    path = os.environ.get("PATH", os.defpath)
    return {**passed, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{path}"}
