"""The main job, on this machine, in three minutes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from vamp.demo.run import run

TENANT = ("acme", "production")
READY_WAIT_S = 90.0
END_WAIT_S = 15.0
PORTS = range(20_100, 20_900)
"""Below the range from which the system hands out ports to outgoing connections."""


class Command(BaseCommand):
    """Boots `up` with a store of its own, plays the demonstration against it, and ends it."""

    help = (
        "Watch a good release go live and a broken one taken back, on real HAProxy."
        " Prints PASS last, and exits 0, only if all of it happened."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many agents serve, and whether to leave the stores for a look."""
        parser.add_argument("--agents", type=int, default=2, help="agents, each with a HAProxy")
        parser.add_argument("--keep", action="store_true", help="keep stores and logs afterwards")

    def handle(self, *args: Any, agents: int, keep: bool, **options: Any) -> None:
        """Play, and exit by what happened."""
        folder = Path(settings.STATE_DIR) / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        port, shared_port = _free_ports(agents)
        process = _boot(folder, port, shared_port, agents)
        try:
            token = _wait(process, folder, port, agents)
            status = run(
                api_url=f"http://127.0.0.1:{port}",
                token=token,
                organisation=TENANT[0],
                environment=TENANT[1],
                agents=[(address, shared_port) for address in _agents(port, token, agents)],
                services_folder=_services(folder),
            )
        finally:
            _end(process)
        if status == 0 and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        sys.exit(status)


def _services(folder: Path) -> Path:
    return folder / "services" / "-".join(TENANT)


def _boot(folder: Path, port: int, shared_port: int, agents: int) -> subprocess.Popen[bytes]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("VAMP_")
    } | {"VAMP_STATE_DIR": str(folder), "VAMP_SHARED_PORT": str(shared_port)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"]
    command += ["--port", str(port), "--agents", str(agents), "--lift", "/".join(TENANT)]
    command += ["--token-file", str(folder / "token")]
    with (folder / "up.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 our own command
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def _wait(process: subprocess.Popen[bytes], folder: Path, port: int, agents: int) -> str:
    """Return the API token once web and every agent are there."""
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        token_file = folder / "token"
        if token_file.exists():
            token = token_file.read_text().strip()
            if len(_agents(port, token, agents)) >= agents:
                return token
        time.sleep(0.1)
    log = (folder / "up.log").read_text(errors="replace")[-3000:]
    raise CommandError(f"Vamp did not come up; {folder}/up.log and {folder}/logs say:\n{log}")


def _agents(port: int, token: str, wanted: int) -> Sequence[str]:
    """Return the addresses of the agents that have reported; empty while the API is not there."""
    url = (
        f"http://127.0.0.1:{port}/api/v1/organisations/{TENANT[0]}/environments/{TENANT[1]}/agents"
    )
    try:
        answer = requests.get(url, headers={"Authorization": f"token {token}"}, timeout=5)
    except requests.RequestException:
        return ()
    if not answer.ok:
        return ()
    return [agent["address"] for agent in answer.json()["results"]][:wanted]


def _free_ports(agents: int) -> tuple[int, int]:
    """Return a port for the API, and one that is free on the address of every agent."""
    free = (
        port for port in PORTS if all(_is_free(f"127.0.0.{n}", port) for n in range(1, agents + 2))
    )
    return next(free), next(free)


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
