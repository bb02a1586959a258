"""An installation of its own, booted with ``manage.py up`` on free ports: demonstration, tests, bench."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from django.conf import settings

from gateways.management.sites import EMBEDDED, Site
from vamp.listening import is_free

ENVIRONMENT = "production"
READY_WAIT_S = 200.0
END_WAIT_S = 20.0
PORTS = range(20_100, 20_900)
"""Below the range from which the system hands out ports to outgoing connections."""


class NotUp(RuntimeError):
    """The installation did not come up; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Booted:
    """An installation that is up.

    Attributes:
        process: of ``manage.py up``.
        folder: its state.
        port: of UI and API, on 127.0.0.1; shared_port: on which agents serve hosts.
        token: of a user of the organisation.
        addresses: of the agents, in the order of their names.
        ready_after_s: from the start to every part ready.
        organisation: name of its tenant.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    shared_port: int
    token: str
    addresses: Sequence[str]
    ready_after_s: float
    organisation: str = EMBEDDED.organisation

    @property
    def tenant(self) -> str:
        """``organisation/environment``."""
        return f"{self.organisation}/{ENVIRONMENT}"

    @property
    def api_url(self) -> str:
        """Scheme, host and port of the API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def services(self) -> Path:
        """Folder of the environment's local scheduler."""
        return self.folder / "services" / self.tenant.replace("/", "-")

    def environment_url(self, path: str = "") -> str:
        """Return the API address of the environment, or of something in it."""
        place = f"organisations/{self.organisation}/environments/{ENVIRONMENT}"
        return f"{self.api_url}/api/v1/{place}" + (f"/{path}" if path else "")

    def call(
        self, method: str, path: str, timeout_s: float = 10, **options: object
    ) -> requests.Response:
        """Send a request of the environment's API with the token."""
        return requests.request(
            method,
            self.environment_url(path),
            headers={"Authorization": f"token {self.token}"},
            timeout=timeout_s,
            **options,  # type: ignore[arg-type]
        )


@contextmanager
def booted(
    folder: Path,
    *,
    agents: int = 2,
    ports: tuple[int, int] | None = None,
    site: Site = EMBEDDED,
) -> Iterator[Booted]:
    """Boot an installation in `folder`, which is emptied first, and end it with the block.

    Args:
        folder: for its state.
        agents: each with a HAProxy of its own, on 127.0.0.2, 127.0.0.3 …
        ports: for the API and for hosts; free ones where they are not given.
        site: where its stores are.

    Raises:
        NotUp: it was not up within `READY_WAIT_S`.
    """
    port, shared_port = ports or free_ports(agents)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()
    process = _start(folder, port, shared_port, agents, site)
    try:
        token = _token(process, folder)
        found: list[str] = []
        made = Booted(process, folder, port, shared_port, token, found, 0.0, site.organisation)
        _until(process, folder, lambda: _is_up(folder) and _fill(found, made, agents))
        yield replace(made, ready_after_s=time.monotonic() - begun)
    finally:
        _end(process)


def free_ports(agents: int) -> tuple[int, int]:
    """Return a port for the API, and one that is free on the address of every agent.

    Where to begin hangs on the process, so that several which look at once do not find the same.
    """
    begin = os.getpid() * 2 % len(PORTS)
    free = (
        port
        for port in (*PORTS[begin:], *PORTS[:begin])
        if all(is_free(f"127.0.0.{number}", port) for number in range(1, agents + 2))
    )
    return next(free), next(free)


def _start(
    folder: Path, port: int, shared_port: int, agents: int, site: Site
) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VAMP_")}
    environment = (
        inherited
        | dict(site.variables)
        | {
            "VAMP_STATE_DIR": str(folder),
            "VAMP_SHARED_PORT": str(shared_port),
            "DJANGO_SETTINGS_MODULE": "vamp.settings",
        }
    )
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"]
    command += ["--port", str(port), "--agents", str(agents)]
    command += ["--lift", f"{site.organisation}/{ENVIRONMENT}", *site.lift]
    command += ["--token-file", str(folder / "token")]
    with (folder / "up.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 our own command
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def _token(process: subprocess.Popen[bytes], folder: Path) -> str:
    path = folder / "token"
    _until(process, folder, path.exists)
    return path.read_text().strip()


def _until(process: subprocess.Popen[bytes], folder: Path, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WAIT_S
    while not is_so():
        if process.poll() is not None or time.monotonic() > deadline:
            told = (folder / "up.log").read_text(errors="replace")[-3000:]
            raise NotUp(f"Vamp did not come up; {folder}/up.log and {folder}/logs say:\n{told}")
        time.sleep(0.02)


def _is_up(folder: Path) -> bool:
    """Return whether every part is ready, which ``up`` says last."""
    return "UI and API: " in (folder / "up.log").read_text(errors="replace")


def _fill(found: list[str], made: Booted, wanted: int) -> bool:
    """Put the addresses of the agents that have reported into `found`; True once all have."""
    try:
        answer = made.call("GET", "agents", timeout_s=5)
    except requests.RequestException:
        return False
    found[:] = [agent["address"] for agent in answer.json()["results"]] if answer.ok else []
    return len(found) >= wanted


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
