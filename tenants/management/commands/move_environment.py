"""Moving an environment from store to store, with its progress on the terminal."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import Environment, StorageMove, StoreKind
from tenants.selectors import namespace_row
from tenants.services import moves
from tenants.services.dedicated import create_database
from tenants.services.preparation import prepare
from vamp.errors import VampError
from vamp.ports.errors import PortError

PAUSE_S = 1.0
HERE = "installation"
"""Stands for what the environment has by its organisation or the installation."""


class Command(BaseCommand):
    """Begins moves, or goes on with those that are under way, and waits for their end."""

    help = "Move an environment to other stores, or back; killed, it goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the environment and the stores."""
        parser.add_argument("environment", help="organisation/environment")
        parser.add_argument(
            "--database", metavar="URL", help="URL or name of a SQL database, or 'installation'"
        )
        parser.add_argument("--name", default="", help="names a database that is given by its URL")
        for kind in (StoreKind.KV, StoreKind.METRICS, StoreKind.EVENTS):
            parser.add_argument(
                f"--{kind}", metavar="URL", help=f"URL of a {kind.label}, or 'installation'"
            )
        parser.add_argument("--secret-file", metavar="FILE", help="password or key of the store")
        parser.add_argument("--dry-run", action="store_true", help="say what would be, no more")
        parser.add_argument("--finish", action="store_true", help="nobody uses the old stores now")
        parser.add_argument("--cancel", action="store_true", help="give up what is not switched")
        parser.add_argument("--no-wait", action="store_true", help="leave the work to the workers")

    def handle(self, *args: Any, environment: str, **options: Any) -> None:
        """Do what was asked, one store after another."""
        organisation, _, name = environment.partition("/")
        row = namespace_row(organisation, name) if name else None
        if not isinstance(row, Environment):
            raise CommandError(f"there is no environment {environment}")
        try:
            self._do(row, options)
        except (VampError, PortError) as error:
            raise CommandError(str(error)) from error

    def _do(self, environment: Environment, options: dict[str, Any]) -> None:
        wanted = {kind: options[kind] for kind in StoreKind.values if options[kind] is not None}
        if options["dry_run"]:
            for kind, target in wanted.items():
                self._say_what_would_be(environment, kind, target)
            return
        for move in self._under_way(environment):
            if options["finish"]:
                moves.finish(move, actor=ACTOR)
            elif options["cancel"]:
                moves.cancel(move, actor=ACTOR)
        begun = [
            moves.begin(
                environment, kind, self._target(environment, kind, target, options),
                secret=_secret(options), actor=ACTOR,
            )
            for kind, target in wanted.items()
        ]  # fmt: skip
        if options["no_wait"]:
            return
        failed = [move for move in begun or self._under_way(environment) if not self._watch(move)]
        if failed:
            raise CommandError(f"{len(failed)} moves failed")

    def _target(
        self, environment: Environment, kind: str, target: str, options: dict[str, Any]
    ) -> str:
        if target == HERE:
            return ""
        if kind != StoreKind.DATABASE or "://" not in target:
            return str(target)
        alias = options["name"] or f"{environment.organisation.name}-{environment.name}"[:63]
        database = create_database(
            environment.organisation, alias, target, password=_secret(options), actor=ACTOR
        )
        while (database := prepare(database)).state == "preparing":
            self.stdout.write(f"{alias}: {database.error or database.step}")
            time.sleep(PAUSE_S)
        if database.error:
            raise CommandError(f"{alias}: {database.error}")
        self.stdout.write(f"{alias}: ready")
        return alias

    def _under_way(self, environment: Environment) -> list[StorageMove]:
        return [move for move in moves.due() if move.environment_id == environment.pk]

    def _watch(self, move: StorageMove) -> bool:
        said = ""
        while True:
            move = moves.run(move)
            now = f"{move.get_kind_display()}: {move.step} {move.done}/{move.total} {move.error}"
            if now != said:
                self.stdout.write(now.rstrip())
                said = now
            if move.state == "following":
                self.stdout.write(
                    "in use; the old store is kept in step until you say --finish (see the manual)"
                )
                return True
            if not move.is_active:
                self.stdout.write(f"{move.get_kind_display()}: {move.state}")
                return move.state == "done"
            time.sleep(PAUSE_S)

    def _say_what_would_be(self, environment: Environment, kind: str, target: str) -> None:
        if kind == StoreKind.DATABASE and "://" in target:
            self.stdout.write("database: it would be looked at and its tables made, then moved to")
            return
        found = moves.preview(environment, kind, "" if target == HERE else target)
        self.stdout.write(f"{kind}: from {found.source or HERE} to {found.target or HERE}")
        for fault in found.faults:
            self.stdout.write(f"  {fault}")


ACTOR = "vamp:move-environment"


def _secret(options: dict[str, Any]) -> str:
    file = options["secret_file"]
    return Path(file).read_text().strip() if file else ""
