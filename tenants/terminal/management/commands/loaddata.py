"""Django's `loaddata`, which would write rows as they stand in a file."""

from __future__ import annotations

from django.core.management.commands.loaddata import Command as LoadData

from tenants.terminal.refusing import RefusedAtTerminal


class Command(RefusedAtTerminal, LoadData):
    """Shut off for people."""

    instead = "Use `forklift apply`, or restore a backup of the database as a whole."
