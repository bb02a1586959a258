from __future__ import annotations

from io import StringIO

from django.core.management import call_command

from tenants.terminal.management.commands import shell
from vamp.models import AuditEntry


def test_shell__opened__is_noted_and_runs(db):
    call_command("shell", command="from vamp.models import Lease; Lease.objects")

    assert AuditEntry.objects.using("default").filter(verb="shell.opened").count() == 1


def test_shell__that_could_not_be_noted__says_so_and_runs_all_the_same(db, monkeypatch):
    monkeypatch.setattr(shell, "note_opening", lambda kind: "could not be noted")
    said = StringIO()

    call_command("shell", command="pass", stderr=said)

    assert "could not be noted" in said.getvalue()
