"""The process that follows schedulers."""

from __future__ import annotations

import logging
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from gateways.services.discovery.following import Follower
from gateways.services.discovery.reconcile import reconcile
from tenants.connections import scheduler_for
from tenants.models import Environment
from tenants.selectors import active_environments
from vamp.contention import close_broken
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.processes import probes, readiness
from vamp.processes.liveness import loops
from vamp.processes.stopping import end_on_signals

log = logging.getLogger("gateways.discovery")

SILENT_S = 180.0
"""A loop beats at every turn; comparing 10,000 instances may take seconds, a pause half a minute."""

STOP_S = 8.0
"""From SIGTERM to the end at the latest: a watch is left, a comparison finished, leases given back."""

LOOK_EVERY_S = 1.0
"""How soon a new environment, or one with another scheduler, is followed."""


Followed = tuple[int, str, str, str, str, str]
"""Environment, and its scheduler, namespace and labels."""


class Command(BaseCommand):
    """Follows the scheduler of every environment, or compares each once."""

    help = "Keep services, versions and instances at what each environment's scheduler says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to compare once and end."""
        parser.add_argument("--once", action="store_true", help="compare once, then end")
        probes.add_arguments(parser)

    def handle(
        self, *args: Any, once: bool, health_port: int, health_address: str, **options: Any
    ) -> None:
        """Run until asked to end."""
        if once:
            self._compare_once()
            return
        stop = end_on_signals()
        with probes.answering("sync", address=health_address, port=health_port):
            self._follow(stop)

    def _compare_once(self) -> None:
        failed = 0
        for environment in _followed():
            try:
                found = reconcile(environment, scheduler_for(environment).snapshot())
            except (VampError, PortError) as error:
                failed += 1
                self.stderr.write(f"{environment}: {error}")
            else:
                self.stdout.write(f"{environment}: {'changed' if found.is_changed else 'in sync'}")
        if failed:
            raise CommandError(f"{failed} not compared")

    def _follow(self, stop: threading.Event) -> None:
        running: dict[Followed, _Following] = {}
        readiness.announce("sync")
        look = loops.begin("environments", within_s=SILENT_S)
        while not stop.wait(LOOK_EVERY_S if running else 0.05):
            look.beat()
            try:
                wanted = {_place(each): each for each in _followed()}
            except DatabaseError:
                log.exception("environments.not_read")
                close_broken()
                stop.wait(LOOK_EVERY_S)
                continue
            for key in running.keys() - wanted.keys():
                running.pop(key).ended.set()
            for key in wanted.keys() - running.keys():
                running[key] = _Following(wanted[key])
        for following in running.values():
            following.ended.set()
        until = time.monotonic() + STOP_S
        for following in running.values():
            following.join(until - time.monotonic())


def _place(environment: Environment) -> Followed:
    """Return what is followed for it: where that changes, following begins anew."""
    return (
        environment.pk,
        environment.database,
        environment.scheduler_url,
        environment.namespace,
        environment.service_label,
        environment.version_label,
    )


def _followed() -> list[Environment]:
    return [environment for environment in active_environments() if environment.scheduler_url]


class _Following:
    """The thread that follows one environment's scheduler."""

    def __init__(self, environment: Environment) -> None:
        self.ended = threading.Event()
        self._environment = environment
        self._follower: Follower | None = None
        self._thread = threading.Thread(target=self._run, name=f"sync-{environment}", daemon=True)
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for its end, and give its lease back whether it came or not."""
        self._thread.join(max(0.0, timeout_s))
        if self._thread.is_alive() and self._follower is not None:
            log.warning("discovery.not_ended", extra=self._environment.names)
            self._follower.release()

    def _run(self) -> None:
        loop = loops.begin(f"follow {self._environment}", within_s=SILENT_S)
        try:
            self._follower = Follower(
                self._environment,
                lambda: scheduler_for(self._environment),
                self.ended,
                loop.beat,
            )
            self._follower.run()
        finally:
            loops.end(loop)
            connections.close_all()
