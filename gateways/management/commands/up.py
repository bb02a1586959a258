"""Everything on one machine: all of Vamp's processes, and agents with HAProxy for each environment."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gateways.management.sample import SAMPLE_FAULTS, make_sample, services_of
from gateways.management.topology import Installation
from tenants.models import Stage
from vamp.listening import hindrance
from vamp.processes.stopping import end_on_signals

READY_WAIT_S = 180.0
LOOK_EVERY_S = 0.1

log = logging.getLogger("vamp.up")


class Command(BaseCommand):
    """Starts every part, keeps it running, and ends all of them on Ctrl-C or SIGTERM."""

    help = "Run all of Vamp on this machine, on embedded stores unless VAMP_* say otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and how many agents each environment gets."""
        parser.add_argument("--host", default="127.0.0.1", help="address of UI and API")
        parser.add_argument("--port", type=int, default=8000, help="port of UI and API")
        parser.add_argument("--agents", type=int, default=2, help="agents an environment")
        parser.add_argument(
            "--lift",
            metavar="TENANT",
            default="",
            help="make organisation/environment first, with a local scheduler and a login",
        )
        parser.add_argument("--token-file", help="where --lift writes an API token")
        parser.add_argument(
            "--scheduler",
            default="",
            help="with --lift: of a new environment; services are processes here where left out",
        )
        parser.add_argument("--namespace", default="", help="with --scheduler: in its cluster")
        parser.add_argument(
            "--scheduler-secret-file", help="with --scheduler: file with its credentials"
        )
        parser.add_argument(
            "--sample",
            action="store_true",
            help="with --lift: also a service with a gateway and a policy, where there is none yet",
        )

    def handle(
        self,
        *args: Any,
        host: str,
        port: int,
        agents: int,
        lift: str,
        sample: bool,
        token_file: str | None,
        **options: Any,
    ) -> None:
        """Run until asked to end."""
        if why := hindrance(host, port):  # whoever listens there would answer for ours
            raise CommandError(why)
        stop = end_on_signals()
        begun = time.monotonic()
        call_command("migrate_all", verbosity=0)
        if lift:
            token_file = token_file or (str(settings.STATE_DIR / "token") if sample else None)
            self._lift(lift, token_file, options)
        installation = Installation(host=host, port=port, agents=agents)
        try:
            self._wait_until_ready(installation, stop, begun)
            if sample and token_file and not stop.is_set():
                self._sample(f"http://127.0.0.1:{port}", lift, Path(token_file))
            self.stdout.write(f"UI and API: http://{host}:{port}/   (Ctrl-C ends everything)")
            self.stdout.flush()  # also where somebody reads it through a pipe
            while not stop.wait(LOOK_EVERY_S):
                installation.look_after()
        finally:
            installation.end()

    def _lift(self, tenant: str, token_file: str | None, options: Mapping[str, Any]) -> None:
        scheduler, secret_file = options["scheduler"], options["scheduler_secret_file"]
        if not scheduler:
            services = services_of(tenant)
            services.mkdir(parents=True, exist_ok=True)
            scheduler = f"local:{services}"
            self.stdout.write(f"what runs in {tenant}: {services}/services.yaml")
        call_command(
            "lift",
            tenant,
            scheduler=scheduler,
            namespace=options["namespace"],
            scheduler_secret_file=Path(secret_file) if secret_file else None,
            stage=_stage_of(tenant),
            token_file=Path(token_file) if token_file else None,
            stdout=self.stdout,
        )

    def _sample(self, api_url: str, tenant: str, token_file: Path) -> None:
        try:
            told = make_sample(api_url, tenant, token_file.read_text().strip())
        except SAMPLE_FAULTS as error:
            self.stderr.write(f"no sample: {error}")
        else:
            self.stdout.write(told)

    def _wait_until_ready(self, installation: Installation, stop: Any, begun: float) -> None:
        shown: set[str] = set()
        waiting = installation.look_after()
        while waiting and not stop.wait(LOOK_EVERY_S):
            waiting = installation.look_after()
            for name in installation.ready - shown:
                self.stdout.write(f"  {name:<40} ready  {time.monotonic() - begun:5.1f} s")
            shown |= installation.ready
            if failing := installation.failing():
                hints = "\n".join(
                    f"  {name}: {said}; see {installation.log_of(name)}"
                    for name, said in failing.items()
                )
                raise CommandError(f"these end whenever they are started:\n{hints}")
            if time.monotonic() - begun > READY_WAIT_S:
                hints = "\n".join(f"  {name}: see {installation.log_of(name)}" for name in waiting)
                raise CommandError(f"not ready after {READY_WAIT_S:.0f} s:\n{hints}")
        if not stop.is_set():
            for name in installation.ready - shown:
                self.stdout.write(f"  {name:<40} ready  {time.monotonic() - begun:5.1f} s")
            self.stdout.write(f"Vamp is up after {time.monotonic() - begun:.1f} s.")


def _stage_of(tenant: str) -> str:
    """Return the stage that an environment is named after, or the first one."""
    name = tenant.rpartition("/")[2]
    return name if name in Stage.values else Stage.DEVELOPMENT
