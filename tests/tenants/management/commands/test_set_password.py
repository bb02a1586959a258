from __future__ import annotations

from io import StringIO

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command

from tenants.models import User
from tenants.services.lockout import PAIR_LIMIT, lock_of, note_failure
from tenants.services.second_factor import has_factor
from tests.factories import organisation_named, user_of


@pytest.fixture
def user(db):
    return user_of(organisation_named("acme"))


def said_of(*arguments):
    out = StringIO()
    call_command("set_password", *arguments, stdout=out)
    return out.getvalue()


def test_set_password__made_up__is_printed_once_and_must_be_changed(user):
    for _ in range(PAIR_LIMIT):
        note_failure(user.login, "192.0.2.1")

    said = said_of(user.login)

    user.refresh_from_db()
    assert user.check_password(said.split()[-1])
    assert user.must_change_password
    assert lock_of(user.login, "192.0.2.1") is None


def test_set_password__from_a_file__is_not_printed(user, tmp_path):
    file = tmp_path / "password"
    file.write_text("a longer and better phrase\n")

    assert said_of(user.login, "--password-file", str(file)) == f"login {user.login}\n"
    assert User.objects.get().check_password("a longer and better phrase")


def test_set_password__with_factors__takes_them_away(user):
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    said_of(user.login)
    assert has_factor(user)
    said_of(user.login, "--reset-factors")

    assert not has_factor(user)


def test_set_password__weak_unreadable_or_of_nobody__is_refused(user, tmp_path):
    file = tmp_path / "password"
    file.write_text("short")

    with pytest.raises(CommandError, match="too short"):
        said_of(user.login, "--password-file", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        said_of(user.login, "--password-file", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="there is no user"):
        said_of("acme/nobody")
