"""An installation of several processes of each kind, started one by one as in production."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests

from tests.vamp.processes.running import END_WAIT_S, running, wait_until
from vamp.drivers.durable import locked

TENANT = "acme/production"


class SideBySide:
    """Processes by name, such as ``worker-1``, on one state folder.

    Args:
        state: the folder, as `made` left it.
        stack: ends what is started here.
    """

    def __init__(self, state: Path, stack: ExitStack) -> None:
        self.state = state
        self._stack = stack
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._probes: dict[str, int] = {}
        self._ports = _free_ports()
        self._logs = Path(tempfile.mkdtemp(prefix="logs-", dir=state))
        self.port = 0

    def start(self, *names: str, options: Mapping[str, Sequence[str]] | None = None) -> None:
        """Start ``manage.py <command>``, the part of each name before the dash; wait until ready.

        Args:
            names: all of them at once.
            options: name → further options.
        """
        for name in names:
            command = [name.partition("-")[0], *(options or {}).get(name, ())]
            if name == "web":
                self.port = next(self._ports)
                command += ["--port", str(self.port)]
            self._probes[name] = next(self._ports)
            command += ["--health-port", str(self._probes[name])]
            self.processes[name] = self._stack.enter_context(
                running(self.state, *command, log_name=self._log(name), VAMP_LOG_FORMAT="json")
            )
        for name in names:
            is_ready = partial(self._is_ready, name)
            wait_until(self.processes[name], self.state, is_ready, self._log(name))

    def _is_ready(self, name: str) -> bool:
        return self.asked(name, "readyz") == 200

    def _log(self, name: str) -> str:
        return f"{self._logs.name}/{name}.log"

    def asked(self, name: str, page: str) -> int:
        """Return the status of a page for probes; 0 where nobody answers."""
        try:
            return self._get(name, page).status_code
        except requests.RequestException:
            return 0

    def _get(self, name: str, page: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self._probes[name]}/{page}", timeout=5)

    def health(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._get(name, "healthz").json()
        return found

    def metric(self, name: str, metric: str) -> float:
        """Return the sum of a metric over its labels."""
        lines = self._get(name, "metrics").text.splitlines()
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.partition("{")[0].partition(" ")[0] == metric
        )

    def call(self, method: str, path: str, request_id: str, body: object = None) -> Any:
        """Send a request of the environment's API, and return the answer once it is a good one."""
        organisation, environment = TENANT.split("/")
        place = f"organisations/{organisation}/environments/{environment}"
        answer = requests.request(
            method,
            f"http://127.0.0.1:{self.port}/api/v1/{place}/{path}",
            json=body,
            headers={
                "Authorization": f"token {(self.state / 'token').read_text().strip()}",
                "X-Request-Id": request_id,
            },
            timeout=30,
        )
        assert answer.ok, answer.text
        assert answer.headers["X-Request-Id"] == request_id
        return answer.json()

    def logged(self, command: str, event: str = "") -> Sequence[Mapping[str, Any]]:
        """Return the log lines of every process of `command`, or those of one event."""
        lines = [
            json.loads(line)
            for path in sorted(self._logs.glob(f"{command}*.log"))
            for line in path.read_text().splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return [line for line in lines if event in {"", line["event"]}]

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Read the database."""
        connection = sqlite3.connect(f"file:{self.state}/vamp.sqlite3?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def free_leases(self) -> None:
        """Forget what processes held that were killed, instead of waiting until it falls free."""
        with closing(sqlite3.connect(self.state / "vamp.sqlite3")) as connection, connection:
            connection.execute("DELETE FROM vamp_lease")

    def end(self, *names: str) -> Mapping[str, int]:
        """Ask these to end, all at once; return their exit statuses."""
        asked = {name: self.processes.pop(name) for name in names}
        for process in asked.values():
            process.terminate()
        return {name: process.wait(END_WAIT_S) for name, process in asked.items()}

    @contextmanager
    def nobody_publishes(self) -> Iterator[None]:
        """Hold the lock of the environment's part of the key-value store within the block."""
        lock = self.state / "kv" / "+locks" / TENANT.replace("/", "+")
        assert lock.exists(), list(lock.parent.iterdir())
        with locked(lock, timeout_s=10):
            yield


def make_installation(state: Path) -> None:
    """Make an installation with a tenant in `state`; nothing of it runs."""
    state.mkdir()
    (state / "services").mkdir()
    manage = ["migrate", "-v", "0"], ["lift", TENANT, "--token-file", str(state / "token")]
    manage[1].extend(["--scheduler", f"local:{state}/services"])
    for command in manage:
        with running(state, *command) as process:
            assert process.wait(120) == 0, (state / "log").read_text()


@contextmanager
def side_by_side(state: Path) -> Iterator[SideBySide]:
    """Give what starts processes on `state`, which end with the block."""
    with ExitStack() as stack:
        yield SideBySide(state, stack)


def _free_ports() -> Iterator[int]:
    """Give ports that nobody listens on; where to begin hangs on the process."""
    begin = 21_000 + os.getpid() % 500 * 20
    for port in range(begin, begin + 4_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                yield port


def until(is_so: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for something that processes do together."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


@contextmanager
def supervisor(folder: Path, definition: Mapping[str, Any]) -> Iterator[None]:
    """Run the services of a ``local:`` scheduler."""
    (folder / "services.yaml").write_text(json.dumps(definition))
    command = [sys.executable, "-m", "vamp.drivers.scheduler.local.supervisor", str(folder)]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(END_WAIT_S)
