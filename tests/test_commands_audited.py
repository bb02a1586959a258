"""Every command that can be typed: what it does to rows, and what of that the audit trail sees.

A command that is not in the table fails the test: whoever adds one, or a package that brings one,
says here how it is audited.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from io import StringIO

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from tenants.models import SignInFailures, User
from tenants.services.lockout import note_failure
from tests.factories import organisation_named, user_of
from vamp.models import AuditEntry
from vamp.terminal import person

GOOD = "a longer and better phrase"

NO_ROWS = "changes no rows"
SCHEMA = "changes the schema, and rows only as a migration says"
PROCESS = "a process; what it does goes through services that record it"
SERVICES = "goes through services that record it"
NOTED = "that it was opened is recorded; what is done in it cannot be"
REFUSED = "is shut off"
OVER = "forgets what is over by itself"
IN_NOTHING = "looks at tables that Vamp keeps nothing in"

COMMANDS: Mapping[str, str] = {
    # Django's
    "changepassword": SERVICES, "check": NO_ROWS, "clearsessions": OVER, "collectstatic": NO_ROWS,
    "compilemessages": NO_ROWS, "createcachetable": SCHEMA, "createsuperuser": SERVICES,
    "dbshell": NOTED, "diffsettings": NO_ROWS, "dumpdata": NO_ROWS, "findstatic": NO_ROWS,
    "flush": REFUSED, "inspectdb": NO_ROWS, "loaddata": REFUSED, "makemessages": NO_ROWS,
    "makemigrations": NO_ROWS, "migrate": SCHEMA, "optimizemigration": NO_ROWS,
    "remove_stale_contenttypes": SCHEMA, "runserver": PROCESS, "sendtestemail": NO_ROWS,
    "shell": NOTED, "showmigrations": NO_ROWS, "sqlflush": NO_ROWS, "sqlmigrate": NO_ROWS,
    "sqlsequencereset": NO_ROWS, "squashmigrations": NO_ROWS, "startapp": NO_ROWS,
    "startproject": NO_ROWS, "test": NO_ROWS, "testserver": NO_ROWS,
    # of packages
    "account_unsetmultipleprimaryemails": REFUSED, "axes_list_attempts": IN_NOTHING,
    "axes_reset": SERVICES, "axes_reset_failure_logs": IN_NOTHING, "axes_reset_ip": SERVICES,
    "axes_reset_ip_username": SERVICES, "axes_reset_logs": IN_NOTHING,
    "axes_reset_username": SERVICES, "generateschema": NO_ROWS, "spectacular": NO_ROWS,
    # ours
    "agent_key": SERVICES, "audit": SERVICES, "beat": PROCESS, "consume": PROCESS,
    "demo": SERVICES, "doctor": NO_ROWS, "events_keys": SERVICES, "lift": SERVICES, "migrate_all": SCHEMA,
    "move_environment": SERVICES, "platform_administrator": SERVICES, "probe": NO_ROWS, "publish_stale": SERVICES, "render": NO_ROWS,
    "rotate_salt": SERVICES, "set_password": SERVICES, "setup_environment": SERVICES,
    "simulate": NO_ROWS, "sync": SERVICES, "up": PROCESS, "web": PROCESS, "worker": PROCESS,
}  # fmt: skip
"""Command → what it does to rows."""

TYPED = [
    ("createsuperuser", ["--login", "root", "--noinput"], "user.created", 1),
    ("changepassword", ["acme/ana"], "user.password_changed", 1),
    ("set_password", ["acme/ana"], "user.password_changed", 1),
    ("set_password", ["acme/ana"], "lock.lifted", 2),
    ("platform_administrator", ["root"], "user.created", 1),
    ("rotate_salt", ["acme"], "organisation.salt_rotated", 1),
    ("axes_reset", [], "lock.lifted", 3),
    ("axes_reset_ip", ["192.0.2.1"], "lock.lifted", 2),
    ("axes_reset_username", ["acme/ana"], "lock.lifted", 2),
    ("axes_reset_ip_username", ["192.0.2.1", "acme/ana"], "lock.lifted", 1),
    ("shell", ["-c", "pass"], "shell.opened", 1),
]
"""Command, arguments, the verb of what it leaves, and how many entries of it."""


@pytest.fixture
def ana(db):
    user = user_of(organisation_named("acme"))
    for subject, address in [
        ("acme/ana", "192.0.2.1"), ("acme/ana", "192.0.2.2"), ("acme/bo", "192.0.2.1"),
    ]:  # fmt: skip
        note_failure(subject, address)
    return user


def test_command__that_can_be_typed__is_in_the_table():
    assert set(get_commands()) == set(COMMANDS)


@pytest.mark.parametrize(("name", "arguments", "verb", "count"), TYPED)
def test_command__that_changes_rows__leaves_entries_by_whoever_sits_there(
    name, arguments, verb, count, ana, monkeypatch
):
    monkeypatch.setattr(getpass, "getpass", lambda prompt="": GOOD)
    AuditEntry.objects.using("default").all().delete()

    call_command(name, *arguments, stdout=StringIO())

    entries = AuditEntry.objects.using("default").filter(verb=verb)
    assert {entry.actor for entry in entries} == {person()}
    assert len(entries) == count
    assert GOOD not in str(list(entries.values()))


def test_axes_reset__of_one_login__leaves_the_locks_of_others(ana):
    call_command("axes_reset_username", "acme/ana", stdout=StringIO())

    assert [row.subject for row in SignInFailures.objects.all()] == ["acme/bo"]


@pytest.mark.parametrize("name", [name for name, how in COMMANDS.items() if how == REFUSED])
def test_command__that_leaves_nothing__is_shut_off_for_people(name, ana):
    command = load_command_class(get_commands()[name], name)
    command.stderr = StringIO()

    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", name, "--no-input"])

    assert ended.value.code == 1
    assert "leaves nothing in the audit trail" in command.stderr.getvalue()
    assert User.objects.get() == ana


def test_command__that_nobody_needs__is_refused_to_code_as_well():
    with pytest.raises(CommandError, match="shut off"):
        call_command("account_unsetmultipleprimaryemails")
