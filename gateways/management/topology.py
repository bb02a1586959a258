"""The all-in-one topology: which processes an installation on one machine consists of."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from gateways.management.addresses import AgentAddresses
from gateways.management.agent_variables import agent_variables, forget_former, stem_of
from gateways.models import Agent
from tenants.connections import kv_url, metrics_url, stream_of
from tenants.models import Environment
from tenants.selectors import kept_environments
from vamp import queues
from vamp.dsn import Dsn
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.processes import readiness
from vamp.processes.family import Family, Part
from vamp.processes.stopping import HAND_OVER

log = logging.getLogger("vamp.up")

LOOK_FOR_ENVIRONMENTS_EVERY_S = 0.5
WORKER_STOP_S = 6.0
"""Below the time that the family gives its parts to end."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What runs for one environment, and the settings of it that decide how."""

    shaped_by: tuple[str, ...]
    parts: tuple[Part, ...]


class Installation:
    """Every process of an installation on this machine.

    Args:
        host: address of UI and API; port: its port.
        agents: how many agents, each with a HAProxy, every environment gets.
    """

    def __init__(self, *, host: str, port: int, agents: int) -> None:
        self._api_url = f"http://{_reachable(host)}:{port}"
        self._agents = agents
        self._folder = Path(settings.STATE_DIR)
        self._family = Family(self._folder / "logs", self._folder / "run")
        self._begun = timezone.now()
        self._looked_at = 0.0
        self._addresses = AgentAddresses(self._folder / "agents" / "addresses.json")
        self._environments: dict[int, _Running] = {}
        self.ready: set[str] = set()
        self._is_ready = False
        for part in self._core(host, port):
            self._family.add(part)

    def look_after(self) -> Sequence[str]:
        """Keep every part running, and bring those of environments up to what these are now.

        Returns:
            Names of the parts that are not ready.
        """
        self._family.look_after()
        if time.monotonic() - self._looked_at > LOOK_FOR_ENVIRONMENTS_EVERY_S:
            self._looked_at = time.monotonic()
            try:
                self._follow_environments()
            except DatabaseError:
                # The parts that run must not end because a database is away for a moment.
                log.exception("environments.not_read")
        if not self._is_ready:
            waiting = self._family.waiting()
            self.ready = set(self._family.pids) - set(waiting)
            self._is_ready = not waiting
            return waiting
        return ()

    def _follow_environments(self) -> None:
        present = {environment.pk: environment for environment in kept_environments()}
        for key in self._environments.keys() - present.keys():
            for part in self._environments.pop(key).parts:
                self._family.remove(part.name)
        self._addresses.keep({str(environment) for environment in present.values()})
        for key, environment in present.items():
            shaped_by = (
                environment.scheduler_url,
                kv_url(environment),
                metrics_url(environment),
                stream_of(environment).url,
            )
            before = self._environments.get(key)
            if before is None or before.shaped_by != shaped_by:
                if before is None:
                    forget_former(environment, self._folder / "agents")
                try:
                    parts = tuple(self._parts_of(environment))
                except (PortError, VampError) as error:
                    # Tried again in a moment; no other environment waits for this one's store.
                    log.warning(
                        "environment.not_started",
                        extra={**environment.names, "reason": str(error)},
                    )
                    continue
                self._replace(before.parts if before else (), parts)
                self._environments[key] = _Running(shaped_by, parts)

    def _replace(self, before: Sequence[Part], parts: Sequence[Part]) -> None:
        """End what is not wanted any more or differs, and start what is not there."""
        wanted = {part.name: part for part in parts}
        for part in before:
            now = wanted.get(part.name)
            if now is None:
                self._family.remove(part.name)
            elif (now.command, now.environment) != (part.command, part.environment):
                self._family.replace(now)
        for part in parts:
            self._family.add(part)

    def failing(self) -> Mapping[str, str]:
        """Return the last line of each part that ends whenever it is started."""
        return self._family.failing()

    def log_of(self, name: str) -> Path:
        """Return the log file of the part called `name`."""
        return self._family.log_of(name)

    def end(self) -> None:
        """End every part."""
        self._family.end()

    def _core(self, host: str, port: int) -> Iterator[Part]:
        # One setting cannot be the port of all; whoever wants probes runs them by themselves.
        command = partial(_command, health_port=0)
        yield Part("web", command("web", host=host, port=port), is_ready=self._web_answers)
        # Apart, for a slow task keeps its thread: nothing may be in the way of live traffic.
        for names in ((queues.LIVE,), (queues.REGULAR, queues.SLOW)):
            name = queues.process_name(names)
            has_beat = queues.REGULAR in names
            work = command("worker", queues=names, beat=has_beat, stop_within=WORKER_STOP_S)
            yield Part(name, work, is_ready=_announced(name))
        yield Part("consume", command("consume"), is_ready=_announced("consume"))
        yield Part("sync", command("sync"), is_ready=_announced("sync"))

    def _web_answers(self, pid: int) -> bool:
        try:
            return requests.get(f"{self._api_url}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def _parts_of(self, environment: Environment) -> Iterator[Part]:
        scheduler = Dsn.parse(environment.scheduler_url) if environment.scheduler_url else None
        if scheduler is not None and scheduler.scheme == "local":
            yield Part(
                f"scheduler/{environment}",
                command=[
                    sys.executable,
                    "-m",
                    "vamp.drivers.scheduler.local.supervisor",
                    scheduler.path,
                ],
            )
        shared = agent_variables(environment, self._folder / "agents")
        for number in range(1, self._agents + 1):
            yield self._agent(environment, number, shared)

    def _agent(self, environment: Environment, number: int, shared: Mapping[str, str]) -> Part:
        name = f"vga-{number}"
        folder = self._folder / "agents" / f"{stem_of(environment)}+{name}"
        port = environment.shared_port or settings.VAMP.shared_port
        address = str(self._addresses.of(f"{environment}/{name}", port=port))
        return Part(
            f"agent/{environment}/{name}",
            command=[str(Path(sys.executable).with_name("vga")), "run"],
            environment={
                **shared,
                "VAMP_AGENT_NAME": name,
                "VAMP_AGENT_BIND": address,
                "VAMP_AGENT_STATE": str(folder),
                "VAMP_AGENT_API_URL": self._api_url,
                "VAMP_AGENT_ROLLUP_SPAN_S": "1",
            },
            is_ready=lambda pid: self._has_reported(environment, name),
            hand_over=HAND_OVER,  # its HAProxy serves on
        )

    def _has_reported(self, environment: Environment, name: str) -> bool:
        rows = Agent.objects.in_environment(environment)
        return rows.filter(name=name, started_at__gte=self._begun).exists()


def _reachable(host: str) -> str:
    """Return the address, fit for a URL, by which this machine reaches what listens on `host`."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared, not bound
    return f"[{own}]" if ":" in own else own


def _command(name: str, **options: Any) -> Callable[[], None]:
    def run() -> None:
        call_command(name, **options)

    return run


def _announced(name: str) -> Callable[[int], bool]:
    return lambda pid: readiness.is_ready(name, pid)
