"""The files that HAProxy reads: put together, checked in one folder, then moved to the live one."""

from __future__ import annotations

from pathlib import Path

from gateways.agent.places import Places, replace_text
from gateways.agent.store import OwnFacts
from gateways.haproxy.assemble import Assembled, AssembleSettings, assemble, map_text
from gateways.haproxy.numbers import Placement


def assembled(placement: Placement, places: Places, facts: OwnFacts) -> Assembled:
    """Return the files for `placement`, as they are in the live folder. Pure.

    Raises:
        ValueError: the parts do not go together.
    """
    settings = AssembleSettings(
        directory=str(places.live),
        bind_address=facts.bind,
        shared_port=facts.shared_port,
        log_port=facts.log_port,
        runtime_socket=str(places.worker_socket),
        socket_directory=str(places.sockets),
        probe_secret=facts.probe_secret,
    )
    return assemble(placement.parts.values(), placement.numbers, settings)


def write_candidate(files: Assembled, places: Places) -> Path:
    """Write `files` to the folder for checks; return the path of the configuration.

    The configuration names its maps by where it lies itself, so it is the same text in both.
    """
    _write(places.candidate, files, durable=False)
    return places.candidate / "haproxy.cfg"


def write_live(files: Assembled, places: Places) -> None:
    """Write `files` to the folder that HAProxy runs from, each file whole or not at all."""
    _write(places.live, files, durable=True)


def _write(folder: Path, files: Assembled, *, durable: bool) -> None:
    maps = folder / "maps"
    maps.mkdir(exist_ok=True)
    for name, lines in files.maps.items():
        replace_text(maps / name, map_text(lines), durable=durable)
    replace_text(folder / "haproxy.cfg", files.config, durable=durable)
