"""Django's `dbshell`: that it was opened, and by whom, stands in the audit trail."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.dbshell import Command as DatabaseShell

from tenants.terminal.opening import note_opening


class Command(DatabaseShell):
    """Notes that it is opened, and opens."""

    def handle(self, **options: Any) -> None:
        """Do both."""
        if said := note_opening("dbshell"):
            self.stderr.write(said)
        super().handle(**options)
