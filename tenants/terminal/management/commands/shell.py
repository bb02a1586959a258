"""Django's `shell`: that it was opened, and by whom, stands in the audit trail."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.shell import Command as Shell

from tenants.terminal.opening import note_opening


class Command(Shell):
    """Notes that it is opened, and opens."""

    def handle(self, **options: Any) -> None:
        """Do both."""
        if said := note_opening("shell"):
            self.stderr.write(said)
        super().handle(**options)
