"""The faults: which server is stopped, which process is killed, and how each comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateways.management.booting import Booted

SERVERS = ("mariadb", "redis", "nats", "vault", "elasticsearch", "kubernetes")
PROCESSES = ("web", "worker-live", "worker-regular-slow", "consume", "sync")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that ends, and how it comes back.

    Attributes:
        name: shown to people.
        begin: makes it happen.
        end: takes it back; what comes back by itself needs nothing.
        lasts: whether it holds until `end`; else it is over as it happens.
        cuts: address of the agent whose HAProxy dies in it: requests on their way through that one
            die with it, as they would with any machine.
    """

    name: str
    begin: Callable[[], None]
    end: Callable[[], None] = lambda: None
    lasts: bool = False
    cuts: str = ""


def faults_of(vamp: Booted) -> Sequence[Fault]:
    """Return every fault, in the order in which they are to happen."""
    return [
        *(
            Fault(f"{name} stopped", _control("stop", name), _control("start", name), lasts=True)
            for name in SERVERS
        ),
        *(Fault(f"{name} killed", _kill_part(vamp, name)) for name in PROCESSES),
        Fault("agent 1 killed", _kill_agent(vamp, 1)),
        Fault(
            "agent 2, HAProxy killed",
            _kill_agent(vamp, 2, with_haproxy=True),
            cuts=vamp.addresses[1],
        ),
    ]


def _control(verb: str, name: str) -> Callable[[], None]:
    def run() -> None:
        done = _stack(verb, name)
        if done.returncode and verb == "stop":
            done = _stack("kill", name)  # it does not end by itself while it is in use
        if done.returncode:
            raise RuntimeError(f"{verb} {name}: {done.stdout}{done.stderr}")

    return run


def _stack(verb: str, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.stack", verb, name]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _kill_part(vamp: Booted, part: str) -> Callable[[], None]:
    def kill() -> None:
        os.kill(int((vamp.folder / "run" / f"{part}.pid").read_text()), signal.SIGKILL)

    return kill


def _kill_agent(vamp: Booted, number: int, *, with_haproxy: bool = False) -> Callable[[], None]:
    part = f"agent-{vamp.organisation}-production-vga-{number}"

    def kill() -> None:
        _kill_part(vamp, part)()
        if with_haproxy:
            folder = f"+vga-{number}/"
            for pid in haproxy_pids(f"{vamp.folder}/agents/{vamp.organisation}+production{folder}"):
                os.kill(pid, signal.SIGKILL)

    return kill


def haproxy_pids(folder: str) -> list[int]:
    """Return master and workers of the HAProxy that runs from `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"haproxy" in line.split(b"\0")[0] and folder.encode() in line:
            found.append(int(entry.name))
    return found
