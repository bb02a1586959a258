"""Looking without touching: what is published, and what an agent's folder says."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from gateways.agent.agent import SystemClock
from gateways.agent.faults import Faults
from gateways.agent.fetch import Fetcher
from gateways.agent.files import assembled, write_candidate
from gateways.agent.places import Places, prepare
from gateways.agent.settings import Settings
from gateways.agent.store import OwnFacts, Store
from gateways.agent.supervise import HAProxy
from gateways.haproxy.assemble import map_text
from gateways.haproxy.numbers import placed
from vamp.ports.kv import KeyValueStore


def check_published(settings: Settings, kv: KeyValueStore) -> tuple[str, list[str]]:
    """Return the configuration with its maps as HAProxy would get it, and all that is wrong.

    Works in a folder of its own, which is removed again.
    """
    faults = Faults(SystemClock())
    fetcher = Fetcher(
        kv,
        faults,
        organisation=settings.organisation,
        environment=settings.environment,
        known={},
    )
    wanted = fetcher.fetch()
    found = [_said(fault.gateway, fault.message) for fault in faults.present()]
    if wanted is None:
        return "", found
    with tempfile.TemporaryDirectory(prefix="vga-") as folder:
        places = prepare(Path(folder))
        facts = OwnFacts(0, "", wanted.manifest.shared_port, settings.bind)
        try:
            files = assembled(
                placed(fetched.part for fetched in wanted.parts.values()), places, facts
            )
        except ValueError as error:
            return "", [*found, str(error)]
        words = HAProxy(settings.haproxy, places).check(write_candidate(files, places))
        if words:
            found.append(f"HAProxy refuses it: {words}")
        maps = "".join(f"# map {name}\n{map_text(files.maps[name])}" for name in files.maps)
        return f"{files.config.replace(folder, str(settings.state))}\n{maps}", found


def read_state(folder: Path) -> dict[str, Any]:
    """Return what the agent's folder says, without asking the agent. Nothing is changed."""
    places = Places(folder, folder / "sockets")
    kept = Store(places).parts() if folder.is_dir() else {}
    return {
        "state": str(folder),
        "haproxy": "running" if HAProxy(Path("haproxy"), places).noted() else "down",
        "gateways": {name: part.part.generation for name, part in sorted(kept.items())},
    }


def _said(gateway: str, message: str) -> str:
    return f"{gateway}: {message}" if gateway else message
