"""Django's `flush`, which would empty every table, the audit trail's among them."""

from __future__ import annotations

from django.core.management.commands.flush import Command as Flush

from tenants.terminal.refusing import RefusedAtTerminal


class Command(RefusedAtTerminal, Flush):
    """Shut off for people; tests empty their databases with it."""

    instead = "Delete the organisation, or make a new database."
