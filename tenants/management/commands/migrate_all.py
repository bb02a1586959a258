"""Bringing the tables of every database up to date: the installation's and the tenants' own."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from tenants.services.inspection import told
from tenants.services.moving.tables import named_models, owned_models
from vamp import fences, migrating
from vamp.contention import close_broken
from vamp.databases import DEFAULT, looked_up


class Command(BaseCommand):
    """Migrates every database; one that does not answer keeps no other from its turn."""

    help = "Bring the tables of every database up to date. Exits 1 naming those that could not be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to look only."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 if any is behind"
        )

    def handle(self, *args: Any, check: bool, verbosity: int = 1, **options: Any) -> None:
        """Migrate the default database, which says which others there are, then those."""
        if not check:
            call_command("migrate", database=DEFAULT, verbosity=0, interactive=False)
        wrong = []
        for alias in looked_up():
            try:
                said = self._behind(alias) if check else self._migrated(alias)
            except DatabaseError as error:
                close_broken()
                wrong.append(alias)
                self.stderr.write(f"{alias}: {told(alias, error).message}")
                continue
            if check and said != UP_TO_DATE:
                wrong.append(alias)
            if verbosity:
                self.stdout.write(f"{alias}: {said}")
        if wrong:
            raise CommandError(f"not up to date: {', '.join(wrong)}")

    def _behind(self, alias: str) -> str:
        missing = migrating.behind(alias)
        return f"{len(missing)} behind: {', '.join(missing)}" if missing else UP_TO_DATE

    def _migrated(self, alias: str) -> str:
        count = migrating.migrate(alias)
        # A changed table may have lost its triggers, and a new one has none.
        if count and fences.are_needed(alias):
            fences.install(alias, owned_models(), named_models())
        return f"{count} migrations" if count else UP_TO_DATE


UP_TO_DATE = "up to date"
