"""Dropping old keys: only what is whole is signed anew."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError
from rich.console import Console

from tenants.management import audit_keys
from tests.vamp.audit.chains import emptied, keys, recorded
from vamp.audit.rotating import SETTLED_AFTER_S
from vamp.audit.sealing import seal
from vamp.audit.verifying import verify
from vamp.databases import aliases
from vamp.models import AuditEntry


@pytest.fixture
def said():
    return []


@pytest.fixture
def turned(environment, said):
    """A chain in each database, whose key was turned over; return the id of the old one."""
    for database in aliases():
        emptied(database)
        recorded(database, 3)
        seal(database, keys())
    old = keys().current
    audit_keys.turn_over(said.append, reason="it leaked")
    return old


def dropped(waits=None):
    out = io.StringIO()
    console = Console(file=out, width=200)
    audit_keys.drop(console, sleep=(waits if waits is not None else []).append)
    return out.getvalue()


def test_drop__whole__waits_until_every_process_has_the_new_key_and_forgets_the_old(turned):
    waits = []

    text = dropped(waits)

    assert f"old keys dropped: {turned}" in text
    assert 0 < waits[0] <= SETTLED_AFTER_S
    assert turned not in keys()
    for database in aliases():
        assert verify(database, keys()).is_whole
    assert "there is no old key" in dropped()


def test_drop__something_edited__drops_nothing_and_says_where(turned, environment):
    AuditEntry.objects.using(environment.database).filter(position=2).update(actor="acme/bo")

    with pytest.raises(CommandError, match="not whole"):
        dropped()
    assert turned in keys()


def test_turn_over__new_key__is_told_with_its_public_half(turned, said):
    assert keys().public() in said[0]


def test_list_keys__on_a_terminal__shows_which_one_signs(turned):
    out = io.StringIO()

    audit_keys.list_keys(Console(file=out, width=40), as_json=False)

    first, second = out.getvalue().splitlines()
    assert first.startswith(f"{keys().current}  signs, under 2 checkpoints")
    assert first.endswith(keys().public())
    assert second.startswith(f"{turned}  only verifies, under 0 checkpoints")
