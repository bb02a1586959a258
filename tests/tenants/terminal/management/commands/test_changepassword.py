from __future__ import annotations

import getpass
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import organisation_named, user_of
from vamp.models import AuditEntry

GOOD = "a longer and better phrase"


@pytest.fixture
def user(db):
    return user_of(organisation_named("acme"))


@pytest.fixture
def typed(monkeypatch):
    passwords = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt="": passwords.pop(0))
    return passwords


def said_of(login):
    out = StringIO()
    call_command("changepassword", login, stdout=out, stderr=out)
    return out.getvalue()


def test_changepassword__typed_twice_alike__is_changed_and_recorded(user, typed):
    typed += ["mistyped", GOOD, "short", "short", GOOD, GOOD]

    said = said_of(user.login)

    user.refresh_from_db()
    assert user.check_password(GOOD)
    assert not user.must_change_password
    assert "differ" in said
    assert "too short" in said
    entry = AuditEntry.objects.using("default").get(verb="user.password_changed")
    assert entry.actor.startswith("vamp:terminal/")


def test_changepassword__never_good__changes_nothing(user, typed):
    typed += ["short"] * 6
    before = user.password

    with pytest.raises(CommandError, match="not changed"):
        said_of(user.login)
    user.refresh_from_db()
    assert user.password == before


def test_changepassword__of_nobody__is_refused(db):
    with pytest.raises(CommandError, match="no user"):
        said_of("acme/nobody")
