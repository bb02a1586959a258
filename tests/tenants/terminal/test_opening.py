from __future__ import annotations

import pytest
from django.db import DatabaseError

from tenants.terminal import opening
from vamp.models import AuditEntry


def test_note_opening__of_a_shell__leaves_an_entry_of_the_installation(db):
    assert opening.note_opening("shell") == ""

    (entry,) = AuditEntry.objects.using("default").filter(organisation="")
    assert (entry.verb, entry.kind) == ("shell.opened", "shell")
    assert entry.actor.startswith("vamp:terminal/")


@pytest.mark.django_db
def test_note_opening__without_a_table__says_so_and_refuses_nothing(monkeypatch):
    def failing(*args, **more):
        raise DatabaseError("no such table")

    monkeypatch.setattr(opening.audit, "record", failing)

    assert "no such table" in opening.note_opening("shell")
