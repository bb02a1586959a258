"""The all-in-one topology: which processes an installation on one machine consists of."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from gateways.models import Agent
from tenants.connections import kv_url
from tenants.models import ApiToken, Environment
from tenants.selectors import every_environment
from tenants.services.people import create_token
from vamp import queues
from vamp.dsn import Dsn
from vamp.processes import readiness
from vamp.processes.family import Family, Part
from vamp.secrets import write_secret
from vamp.wiring import kv_agent_key

log = logging.getLogger("vamp.up")

ACTOR = "vamp:up"
AGENT_TOKEN = "agents"  # noqa: S105 a token's name
LOOK_FOR_ENVIRONMENTS_EVERY_S = 0.5
FIRST_AGENT_ADDRESS = 2
"""Agents take 127.0.0.2, 127.0.0.3 …: two HAProxy processes on one address would share its ports."""


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
        self._next_address = FIRST_AGENT_ADDRESS
        self._environments: set[int] = set()
        self.ready: set[str] = set()
        self._is_ready = False
        for part in self._core(host, port):
            self._family.add(part)

    def look_after(self) -> Sequence[str]:
        """Keep every part running, and start agents for environments that appeared.

        Returns:
            Names of the parts that are not ready.
        """
        self._family.look_after()
        if time.monotonic() - self._looked_at > LOOK_FOR_ENVIRONMENTS_EVERY_S:
            self._looked_at = time.monotonic()
            try:
                self._start_new_environments()
            except DatabaseError:
                # The parts that run must not end because a database is away for a moment.
                log.exception("environments.not_read")
        if not self._is_ready:
            waiting = self._family.waiting()
            self.ready = set(self._family.pids) - set(waiting)
            self._is_ready = not waiting
            return waiting
        return ()

    def _start_new_environments(self) -> None:
        for environment in every_environment():
            if environment.pk not in self._environments:
                parts = list(self._parts_of(environment))
                self._environments.add(environment.pk)
                for part in parts:
                    self._family.add(part)

    def log_of(self, name: str) -> Path:
        """Return the log file of the part called `name`."""
        return self._family.log_of(name)

    def end(self) -> None:
        """End every part."""
        self._family.end()

    def _core(self, host: str, port: int) -> Iterator[Part]:
        yield Part("web", _command("web", host=host, port=port), is_ready=self._web_answers)
        # Apart, for a slow task keeps its thread: nothing may be in the way of live traffic.
        for names in ((queues.LIVE,), (queues.REGULAR, queues.SLOW)):
            name = queues.process_name(names)
            work = _command("worker", queues=names, beat=queues.REGULAR in names)
            yield Part(name, work, is_ready=_announced(name))
        yield Part("consume", _command("consume"), is_ready=_announced("consume"))
        yield Part("sync", _command("sync"), is_ready=_announced("sync"))

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
        secrets = self._agent_secrets(environment)
        for number in range(1, self._agents + 1):
            yield self._agent(environment, number, secrets)

    def _agent(self, environment: Environment, number: int, secrets: tuple[Path, Path]) -> Part:
        name = f"vga-{number}"
        folder = (
            self._folder / "agents" / f"{environment.organisation.name}-{environment.name}-{name}"
        )
        address = f"127.0.0.{self._next_address}"
        self._next_address += 1
        key_file, token_file = secrets
        return Part(
            f"agent/{environment}/{name}",
            command=[str(Path(sys.executable).with_name("vga")), "run"],
            environment={
                "VAMP_AGENT_NAME": name,
                "VAMP_AGENT_ORGANISATION": environment.organisation.name,
                "VAMP_AGENT_ENVIRONMENT": environment.name,
                "VAMP_AGENT_KV_URL": kv_url(environment),
                "VAMP_AGENT_KV_KEY_FILE": str(key_file),
                "VAMP_AGENT_BIND": address,
                "VAMP_AGENT_STATE": str(folder),
                "VAMP_AGENT_API_URL": self._api_url,
                "VAMP_AGENT_API_TOKEN_FILE": str(token_file),
                "VAMP_AGENT_ROLLUP_SPAN_S": "1",
            },
            is_ready=lambda pid: self._has_reported(environment, name),
        )

    def _has_reported(self, environment: Environment, name: str) -> bool:
        rows = Agent.objects.in_environment(environment)
        return rows.filter(name=name, started_at__gte=self._begun).exists()

    def _agent_secrets(self, environment: Environment) -> tuple[Path, Path]:
        """Write what the environment's agents need to know, readable by us alone."""
        folder = self._folder / "agents"
        stem = f"{environment.organisation.name}-{environment.name}"
        key_file, token_file = folder / f"{stem}.key", folder / f"{stem}.token"
        key = kv_agent_key(
            kv_url(environment),
            key=settings.KV_KEY,
            organisation=environment.organisation.name,
            environment=environment.name,
        )
        write_secret(key_file, key)
        held = token_file.read_text().strip() if token_file.exists() else ""
        tokens = ApiToken.objects.filter(agent_of=environment)
        if not tokens.filter(digest=ApiToken.digest_of(held)).exists():
            tokens.filter(name=f"{AGENT_TOKEN}-{environment.name}").delete()
            _, text = create_token(
                f"{AGENT_TOKEN}-{environment.name}", actor=ACTOR, agent_of=environment
            )
            write_secret(token_file, text)
        return key_file, token_file


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
