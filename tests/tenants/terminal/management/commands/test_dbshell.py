from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections

from tenants.terminal.management.commands import dbshell
from vamp.models import AuditEntry


@pytest.fixture
def client(db, monkeypatch):
    opened = []
    monkeypatch.setattr(connections["default"].client, "runshell", opened.append)
    return opened


def test_dbshell__opened__is_noted_and_runs(client):
    call_command("dbshell")

    assert AuditEntry.objects.using("default").filter(verb="dbshell.opened").count() == 1
    assert client == [[]]


def test_dbshell__that_could_not_be_noted__says_so_and_runs_all_the_same(client, monkeypatch):
    monkeypatch.setattr(dbshell, "note_opening", lambda kind: "could not be noted")
    said = StringIO()

    call_command("dbshell", stderr=said)

    assert "could not be noted" in said.getvalue()
    assert client == [[]]
