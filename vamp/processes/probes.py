"""The port on which a process tells how it is: ``/healthz``, ``/readyz`` and ``/metrics``.

Where it listens is written to the state folder, so that ``manage.py probe`` finds it.
"""

from __future__ import annotations

import contextlib
import os
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string
from prometheus_client import REGISTRY

from vamp.dependencies import (
    Dependency,
    dependencies_of,
    faults,
    is_ready,
    with_dedicated,
)
from vamp.probe_server import Page, ProbeServer, json_page, metrics_page
from vamp.processes.liveness import Loops, loops
from vamp.processes.readiness import announced
from vamp.processes.stopping import stop


def add_arguments(parser: ArgumentParser) -> None:
    """Let a command be told where to answer probes."""
    parser.add_argument(
        "--health-port",
        type=int,
        default=settings.VAMP.health_port,
        help="port of /healthz, /readyz and /metrics; 0 for none (VAMP_HEALTH_PORT)",
    )
    parser.add_argument(
        "--health-address",
        default=settings.VAMP.health_address,
        help="address that it listens on (VAMP_HEALTH_ADDRESS)",
    )


def place_of(process: str) -> Path:
    """Return the file that says where `process` answers probes: ``<host>:<port>``."""
    return Path(settings.STATE_DIR) / "run" / f"{process}.probe"


@contextmanager
def answering(process: str, *, address: str, port: int) -> Iterator[ProbeServer | None]:
    """Answer probes within the block; nothing is opened where `port` is 0.

    Args:
        process: one of `vamp.dependencies.NEEDS`.
        address: to listen on.
        port: 0 for none.

    Raises:
        OSError: the address cannot be had.
    """
    if not port:
        yield None
        return
    for collector in settings.COLLECTORS.get(process, ()):
        REGISTRY.register(import_string(collector)())
    needed = dependencies_of(process)
    server = ProbeServer(
        address,
        port,
        {
            "/healthz": lambda: healthz(loops),
            "/readyz": lambda: readyz(
                with_dedicated(needed), has_begun=announced.is_set(), is_ending=stop.is_set()
            ),
            "/metrics": lambda: metrics_page(REGISTRY),
        },
    )
    server.start()
    _note(place_of(process), server.address)
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            if place_of(process).read_text() == server.address:  # else it is another's by now
                place_of(process).unlink()
        server.stop()


def healthz(watched: Loops) -> Page:
    """Return 200 while every loop beats, else 503 with those that are silent and for how long."""
    if silent := watched.silent():
        told = {name: round(seconds, 1) for name, seconds in silent.items()}
        return json_page(503, {"status": "stuck", "silent_s": told})
    told = {name: round(seconds, 1) for name, seconds in watched.ages().items()}
    return json_page(200, {"status": "ok", "loops_s": told})


def readyz(needed: Sequence[Dependency], *, has_begun: bool, is_ending: bool) -> Page:
    """Return 200 while everything vital answers, else 503; with what is wrong with each.

    A process that has not begun its work is not ready, nor is one that is ending, so that nothing
    new is sent to it.
    """
    found = faults(needed)
    answers = {name: fault or "ok" for name, fault in found.items()}
    status = "ok"
    if not is_ready(needed, found):
        status = "waiting"
    elif is_ending or not has_begun:
        status = "ending" if is_ending else "starting"
    return json_page(200 if status == "ok" else 503, {"status": status, "dependencies": answers})


def _note(path: Path, address: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(address)
    draft.replace(path)
