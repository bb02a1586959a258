"""The process that follows schedulers."""

from __future__ import annotations

import logging
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from gateways.services.discovery.following import Follower
from gateways.services.discovery.reconcile import reconcile
from tenants.connections import scheduler_for
from tenants.models import Environment
from tenants.selectors import every_environment
from vamp.contention import close_broken
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.processes import readiness
from vamp.processes.stopping import end_on_signals

log = logging.getLogger("gateways.discovery")

LOOK_EVERY_S = 1.0
"""How soon a new environment, or one with another scheduler, is followed."""


class Command(BaseCommand):
    """Follows the scheduler of every environment, or compares each once."""

    help = "Keep services, versions and instances at what each environment's scheduler says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to compare once and end."""
        parser.add_argument("--once", action="store_true", help="compare once, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        """Run until asked to end."""
        if once:
            self._compare_once()
        else:
            self._follow(end_on_signals())

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
        running: dict[tuple[int, str], tuple[threading.Thread, threading.Event]] = {}
        readiness.announce("sync")
        while not stop.wait(LOOK_EVERY_S if running else 0.05):
            try:
                wanted = {(each.pk, each.scheduler_url): each for each in _followed()}
            except DatabaseError:
                log.exception("environments.not_read")
                close_broken()
                stop.wait(LOOK_EVERY_S)
                continue
            for key in running.keys() - wanted.keys():
                running.pop(key)[1].set()
            for key in wanted.keys() - running.keys():
                running[key] = _started(wanted[key])
        for _, ended in running.values():
            ended.set()
        for thread, _ in running.values():
            thread.join(timeout=10)


def _followed() -> list[Environment]:
    return [environment for environment in every_environment() if environment.scheduler_url]


def _started(environment: Environment) -> tuple[threading.Thread, threading.Event]:
    ended = threading.Event()
    thread = threading.Thread(
        target=_run, args=(environment, ended), name=f"sync-{environment}", daemon=True
    )
    thread.start()
    return thread, ended


def _run(environment: Environment, ended: threading.Event) -> None:
    try:
        Follower(environment, scheduler_for(environment), ended).run()
    finally:
        connections.close_all()
