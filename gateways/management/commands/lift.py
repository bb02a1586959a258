"""Lifter on the command line: a tenant, or all of Vamp on this machine."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gateways.management import all_in_one, lifted_clusters, lifted_stores
from gateways.management.lift_status import health_of
from gateways.management.lifted import Lifted, LiftedUnreadable
from gateways.management.lifted_clusters import KubeconfigUnreadable
from gateways.management.lifted_stores import NotRemoved
from gateways.management.processes import ProcessMark
from gateways.management.sample import services_of
from tenants.management import tenant_lifting
from tenants.models import Stage

ALL_IN_ONE, STATUS, DESTROY = "all-in-one", "status", "destroy"

EXAMPLES = """\
manage.py lift acme/production    make a tenant: an organisation with an environment and a user
manage.py lift all-in-one         run all of Vamp on this machine, and make a tenant in it
manage.py lift status             what runs, how each part is, and where
manage.py lift destroy            end it, and remove what it made on this machine
"""


class Command(BaseCommand):
    """Makes a tenant, or starts, shows and removes a whole installation on this machine."""

    help = "Make a tenant, or lift all of Vamp onto this machine (not for production)."

    def create_parser(self, prog_name: str, subcommand: str, **more: Any) -> Any:
        """Show the examples as they are."""
        more |= {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **more)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to lift, and how."""
        parser.add_argument(
            "tenant",
            metavar="WHAT",
            help="organisation/environment, all-in-one, status or destroy",
        )
        tenant_lifting.add_arguments(parser)
        parser.add_argument(
            "--tenant",
            dest="first_tenant",
            metavar="TENANT",
            default="acme/production",
            help="all-in-one: the tenant that is made",
        )
        parser.add_argument("--host", default="127.0.0.1", help="all-in-one: of UI and API")
        parser.add_argument("--port", type=int, default=8000, help="all-in-one: of UI and API")
        parser.add_argument("--agents", type=int, default=2, help="all-in-one: an environment")
        parser.add_argument(
            "--sample", action="store_true", help="all-in-one: with a service to play with"
        )
        parser.add_argument(
            "--foreground",
            action="store_true",
            help="all-in-one: stay in this terminal until Ctrl-C, in place of going on apart",
        )
        parser.add_argument("--yes", action="store_true", help="destroy: do not ask")
        parser.add_argument(
            "--keep-data", action="store_true", help="destroy: leave what was written to stores"
        )
        parser.add_argument(
            "--kubeconfig",
            type=Path,
            metavar="FILE",
            help="destroy: of the cluster's administrator, to remove the accounts of the set-up",
        )
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="status: form of the answer"
        )

    def handle(self, *args: Any, tenant: str, **options: Any) -> None:
        """Do what is asked for."""
        folder = Path(settings.STATE_DIR)
        try:
            if tenant == ALL_IN_ONE:
                self._all_in_one(folder, options)
            elif tenant == STATUS:
                self._status(folder, options)
            elif tenant == DESTROY:
                self._destroy(folder, options)
            else:
                tenant_lifting.TenantLifting(self.stdout).lift(tenant, options)
        except (all_in_one.NotLifted, LiftedUnreadable, NotRemoved, KubeconfigUnreadable) as error:
            raise CommandError(str(error)) from error

    def _all_in_one(self, folder: Path, options: Mapping[str, Any]) -> None:
        held = Lifted.read(folder)
        if held is not None and held.is_running:
            self.stdout.write(f"it is up already: {held.address}")
            return
        tenant, host, port = options["first_tenant"], options["host"], options["port"]
        fresh = held or Lifted.anew(folder, tenant, host, port)
        servers = fresh.servers if held else lifted_stores.look(tenant)
        lifted = Lifted(
            tenant, host, port,
            before=fresh.before, made_folder=fresh.made_folder, servers=servers,
        )  # fmt: skip
        lifted.write(folder)
        all_in_one.migrate()
        self._lift_tenant(tenant, options)
        arguments = [
            "--agents",
            str(options["agents"]),
            *(["--sample"] if options["sample"] else []),
        ]
        if options["foreground"]:
            self._in_foreground(lifted, folder, options)
            return
        self.stdout.write(f"starting; what it says is in {folder}/logs")
        self.stdout.flush()
        all_in_one.start(lifted, folder, arguments, self.stdout.write)
        for step in all_in_one.finish_set_up(tenant):
            self.stdout.write(f"  set-up: {step.title}: {step.state}  {step.message} {step.hint}")
        self._tell_next(lifted, options["user"])

    def _lift_tenant(self, tenant: str, options: Mapping[str, Any]) -> None:
        """Make the tenant here and not in ``up``, so that its password is in no log."""
        given = dict(options)
        if not given["scheduler"]:
            services = services_of(tenant)
            services.mkdir(parents=True, exist_ok=True)
            given["scheduler"] = f"local:{services}"
        name = tenant.rpartition("/")[2]
        if name in Stage.values and given["stage"] == Stage.DEVELOPMENT:
            given["stage"] = name
        tenant_lifting.TenantLifting(self.stdout).lift(tenant, given)

    def _in_foreground(self, lifted: Lifted, folder: Path, options: Mapping[str, Any]) -> None:
        lifted.running(ProcessMark.of(os.getpid())).write(folder)
        try:
            call_command(
                "up", host=lifted.host, port=lifted.port, agents=options["agents"],
                lift=lifted.tenant, sample=options["sample"], stdout=self.stdout,
            )  # fmt: skip
        finally:
            lifted.running(None).write(folder)

    def _tell_next(self, lifted: Lifted, user: str) -> None:
        self.stdout.write(
            f"\nVamp is up: {lifted.address}\n"
            f"log in as {lifted.tenant.partition('/')[0]}/{user}, with the password shown at the"
            " first start\n"
            "next: python manage.py lift status     what runs, and how it is\n"
            f"      {lifted.address}admin/lifter/   is it set up?\n"
            "      python manage.py lift destroy    ends it, and removes what it made here\n"
            "This is for trying Vamp out, not for production: one machine, no second copy of anything."
        )

    def _status(self, folder: Path, options: Mapping[str, Any]) -> None:
        lifted = Lifted.read(folder)
        if lifted is None:
            raise CommandError(f"nothing was lifted in {folder}: python manage.py lift all-in-one")
        parts = health_of(lifted, folder)
        if options["format"] == "json":
            told = {
                "address": lifted.address,
                "tenant": lifted.tenant,
                "is_running": lifted.is_running,
            }
            self.stdout.write(
                json.dumps({**told, "parts": [asdict(part) for part in parts]}, indent=2)
            )
        else:
            self.stdout.write(f"{lifted.tenant}  {lifted.address}  {folder}")
            for part in parts:
                pid = str(part.pid) if part.pid else ""
                mark = "ok  " if part.is_well else "FAIL"
                self.stdout.write(f"{mark} {part.name:<38} {pid:>8}  {part.said}")
        if not all(part.is_well for part in parts):
            raise CommandError("not every part is well")

    def _destroy(self, folder: Path, options: Mapping[str, Any]) -> None:
        lifted = Lifted.read(folder)
        if lifted is None:
            self.stdout.write(f"nothing was lifted in {folder}")
            return
        is_kept = bool(options["keep_data"])
        self._tell_what_goes(lifted, folder, is_kept=is_kept)
        if not options["yes"] and not self._is_confirmed(lifted.tenant):
            raise CommandError("not confirmed: nothing was ended, nothing removed")
        all_in_one.stop(lifted)
        if lifted.is_running:
            raise CommandError("its process does not end; nothing was removed")
        if not is_kept:
            self._remove_from_stores(lifted, options["kubeconfig"])
        all_in_one.remove(lifted, folder)
        self.stdout.write("it is gone")

    def _remove_from_stores(self, lifted: Lifted, kubeconfig: Path | None) -> None:
        rows = lifted_stores.rows_of(lifted)
        for said in lifted_clusters.withdraw(lifted_clusters.granted(rows), kubeconfig):
            self.stdout.write(said)
        lifted_stores.remove(lifted, self.stdout.write)

    def _tell_what_goes(self, lifted: Lifted, folder: Path, *, is_kept: bool) -> None:
        if lifted.is_running and lifted.process is not None:
            self.stdout.write(f"ends: process {lifted.process.pid} with all that it started")
        for path in lifted.made(folder):
            self.stdout.write(f"goes: {path}")
        for path in lifted.others(folder):
            self.stdout.write(f"stays, for it was not made by this: {path}")
        if is_kept or lifted.servers is None:
            for server in all_in_one.stays():
                self.stdout.write(f"stays: what was written to the {server}")
            return
        for what in lifted_stores.goes(lifted):
            self.stdout.write(f"goes: {what}")
        for environment in lifted_clusters.granted(lifted_stores.rows_of(lifted)):
            self.stdout.write(
                f"goes with --kubeconfig: account vamp in namespace {environment.namespace}"
            )

    def _is_confirmed(self, name: str) -> bool:
        self.stdout.write(f"type {name} to confirm: ", ending="")
        self.stdout.flush()
        try:
            return input().strip() == name
        except EOFError:
            return False
