"""A HAProxy of the bench's own, on loopback, and talking to it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateways.agent.runtime import CommandSocket, RuntimeUnavailable

PORTS = range(28_000, 30_000)
"""Below those that the system hands to outgoing connections."""

START_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A HAProxy that serves; `commands` is its runtime socket."""

    process: subprocess.Popen[bytes]
    commands: CommandSocket


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder whose path is short enough for sockets, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="vb-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    found: list[int] = []
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports in {PORTS}")


@contextlib.contextmanager
def running(config: Path, runtime_socket: Path) -> Iterator[Running]:
    """Run HAProxy on `config` until the block ends.

    Raises:
        OSError: it does not start; the text is what it said.
    """
    said = config.with_suffix(".out")
    with said.open("wb") as out:
        process = subprocess.Popen(
            ["haproxy", "-f", str(config)], stdout=out, stderr=out, start_new_session=True
        )
    try:
        commands = CommandSocket(runtime_socket)
        _await(process, commands, said)
        yield Running(process, commands)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()


def _await(process: subprocess.Popen[bytes], commands: CommandSocket, said: Path) -> None:
    deadline = time.monotonic() + START_WAIT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(RuntimeUnavailable):
            if "Uptime" in commands.ask("show info"):
                return
        time.sleep(0.02)
    raise OSError(f"HAProxy does not serve: {said.read_text()[-2000:]}")
