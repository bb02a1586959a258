from __future__ import annotations

import getpass
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import User
from vamp.models import AuditEntry, OutboxEvent

GOOD = "a longer and better phrase"


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def typed(monkeypatch, db):
    """Let somebody sit at a terminal, who types the passwords of the list."""
    passwords = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt="": passwords.pop(0))
    return passwords


def said_of(*arguments, **options):
    out, err = StringIO(), StringIO()
    call_command("createsuperuser", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def test_createsuperuser__without_questions__is_recorded_and_told(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", GOOD)

    said_of("--login", "root", "--noinput")

    assert User.objects.get(login="root").check_password(GOOD)
    entry = AuditEntry.objects.using("default").get(verb="user.created")
    assert (entry.organisation, entry.name) == ("", "root")
    assert entry.actor.startswith("vamp:terminal/")
    assert OutboxEvent.objects.using("default").filter(payload__name="root").exists()


def test_createsuperuser__without_a_password__opens_to_nobody(db):
    said_of("--login", "root", "--noinput")

    assert not User.objects.get(login="root").has_usable_password()


def test_createsuperuser__at_a_terminal__asks_again_until_it_is_good(typed):
    typed += [GOOD, "another phrase, mistyped", "short", "short", GOOD, GOOD]

    said = said_of("--login", "root")

    assert "differ" in said
    assert "too short" in said
    assert User.objects.get(login="root").check_password(GOOD)


def test_createsuperuser__never_good__ends_after_three_tries(typed):
    typed += ["short"] * 6

    with pytest.raises(CommandError, match="too short"):
        said_of("--login", "root")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--login", "acme/ana", "--noinput"], "names an organisation"),
        (["--login", "No Login", "--noinput"], "/login"),
        (["--noinput"], "name the login"),
        (["--login", "root"], "no terminal"),
    ],
)
def test_createsuperuser__that_cannot_be__says_why(arguments, said, db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO())

    with pytest.raises(CommandError, match=said):
        said_of(*arguments)
    assert not AuditEntry.objects.using("default").exists()


def test_createsuperuser__of_a_login_that_is_taken__is_refused(db):
    said_of("--login", "root", "--noinput")

    with pytest.raises(CommandError, match="there is a user root already"):
        said_of("--login", "root", "--noinput")
