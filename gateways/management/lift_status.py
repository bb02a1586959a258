"""What of an all-in-one installation runs, and how each part is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from gateways.management.lifted import Lifted
from gateways.management.processes import ProcessMark
from gateways.models import Agent
from tenants.domain.store import OF_INSTALLATION
from tenants.selectors import every_environment
from tenants.services.check_questions import question
from vamp.bounded import answers
from vamp.ports.checks import Tone
from vamp.processes import readiness

WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How one part is.

    Attributes:
        name: of a process or a store; is_well: it does its work.
        said: in words, with what to do where it is not well.
        pid: of a process; 0 for a store and for what does not run.
    """

    name: str
    is_well: bool
    said: str
    pid: int = 0


def health_of(lifted: Lifted, folder: Path) -> list[PartHealth]:
    """Return the installation's processes and stores. Cost: some seconds at most."""
    if not lifted.is_running:
        return [PartHealth("up", False, "does not run: python manage.py lift all-in-one")]
    pid = lifted.process.pid if lifted.process else 0
    agents = _agents()
    parts = [_part(path, agents, lifted.address) for path in sorted((folder / "run").glob("*.pid"))]
    return [PartHealth("up", True, "keeps the parts running", pid), *parts, *_stores()]


def _part(path: Path, agents: Mapping[str, str], address: str) -> PartHealth:
    name, pid = path.stem, int(path.read_text() or 0)
    if ProcessMark.of(pid) is None:
        log = f"ended, and is started again; see {settings.STATE_DIR}/logs/{name}.log"
        return PartHealth(name, False, log)
    if name == "web":
        return PartHealth(name, *_web(address), pid)
    if name.startswith("agent-"):
        said = agents.get(name, "has not reported yet")
        return PartHealth(name, said.startswith("serves"), said, pid)
    is_ready = readiness.is_ready(name, pid) or name.startswith("scheduler-")
    return PartHealth(name, is_ready, "ready" if is_ready else "not ready yet", pid)


def _web(address: str) -> tuple[bool, str]:
    try:
        answer = requests.get(f"{address}readyz", timeout=WAIT_S)
    except requests.RequestException:
        return False, f"does not answer at {address}"
    silent = [name for name, said in answer.json()["dependencies"].items() if said != "ok"]
    return (False, f"waits for {', '.join(silent)}") if silent else (True, f"answers at {address}")


def _agents() -> Mapping[str, str]:
    """Return the name of each agent's process → what it does."""
    since = timezone.now() - timedelta(seconds=settings.VAMP.agent_timeout_s)
    found: dict[str, str] = {}
    try:
        for environment in every_environment():
            for agent in Agent.objects.in_environment(environment):
                name = f"agent/{environment}/{agent.name}".replace("/", "-")
                is_live = agent.reported_at >= since
                found[name] = f"serves at {agent.address}" if is_live else "does not report"
    except DatabaseError:
        return {}  # told among the stores
    return found


def _stores() -> list[PartHealth]:
    found = answers({store: question(None, store) for store in OF_INSTALLATION})
    return [
        PartHealth(
            store.label.lower(),
            checked.ok,
            f"{checked.system} {checked.version}".strip()
            if checked.ok
            else "; ".join(each.message for each in checked.findings if each.tone is Tone.BAD),
        )
        for store, checked in found.items()
    ]
