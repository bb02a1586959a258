"""The main job, on this machine, in three minutes."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gateways.management import stack_site
from gateways.management.booting import ENVIRONMENT, NotUp, booted, free_ports
from gateways.management.nodes import node_of
from gateways.management.sites import EMBEDDED, Site
from vamp.demo.run import run
from vamp.demo.workloads import LocalWorkloads, Workloads
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError


class Command(BaseCommand):
    """Boots `up` with a store of its own, plays the demonstration against it, and ends it."""

    help = (
        "Watch a good release go live and a broken one taken back, on real HAProxy."
        " Prints PASS last, and exits 0, only if all of it happened."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many agents serve, and whether to leave the stores for a look."""
        parser.add_argument("--agents", type=int, default=2, help="agents, each with a HAProxy")
        parser.add_argument("--keep", action="store_true", help="keep stores and logs afterwards")

    def handle(self, *args: Any, agents: int, keep: bool, **options: Any) -> None:
        """Play, and exit by what happened."""
        ports = free_ports(agents)
        # Named by its port: two demonstrations may run at once.
        folder = Path(settings.STATE_DIR) / f"demo-{ports[0]}"
        self.stdout.write(f"booting Vamp with {agents} agents, each with a HAProxy of its own …")
        self.stdout.flush()
        try:
            with (
                _place(folder) as (site, workloads),
                booted(folder / "up", agents=agents, ports=ports, site=site) as vamp,
            ):
                status = run(
                    api_url=vamp.api_url,
                    token=vamp.token,
                    organisation=vamp.organisation,
                    environment=ENVIRONMENT,
                    agents=[(address, vamp.shared_port) for address in vamp.addresses],
                    workloads=workloads or LocalWorkloads(vamp.services),
                )
        except NotUp as error:
            raise CommandError(str(error)) from error
        except (VampError, PortError) as error:
            raise CommandError(told(error).message) from error
        if status == 0 and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        sys.exit(status)


@contextmanager
def _place(folder: Path) -> Iterator[tuple[Site, Workloads | None]]:
    """Give the site, and where the versions run unless that is the machine itself."""
    if not stack_site.is_given(os.environ):
        yield EMBEDDED, None
        return
    with stack_site.stack_site(folder) as found, node_of(found.site, folder):
        yield found.site, found.workloads
