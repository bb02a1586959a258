from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import User
from tenants.selectors import token_by_text
from vamp.models import AuditEntry
from vamp.terminal import person

pytestmark = pytest.mark.django_db


def said_of(*arguments):
    out = StringIO()
    call_command("platform_administrator", *arguments, stdout=out)
    return out.getvalue()


def test_administrator__first__is_made_with_a_token_and_recorded(tmp_path):
    file = tmp_path / "token"

    said = said_of("root", "--token-file", str(file))

    user = User.objects.get(login="root")
    assert user.is_platform_administrator
    assert user.must_change_password
    assert user.check_password(said.split("password ")[1].split()[0])
    assert token_by_text(file.read_text().strip()).user == user
    assert file.read_text().strip() not in said
    assert file.stat().st_mode & 0o077 == 0
    verbs = set(AuditEntry.objects.using("default").values_list("actor", "verb"))
    assert (person(), "user.created") in verbs
    assert (person(), "token.created") in verbs


def test_administrator__that_is_there__gets_another_token_and_keeps_the_password(tmp_path):
    (tmp_path / "password").write_text("a longer and better phrase\n")
    first = said_of("root", "--password-file", str(tmp_path / "password"))

    again = said_of("root", "--token-file", str(tmp_path / "token"))

    user = User.objects.get()
    assert first == "login root\n"
    assert "login root is there" in again
    assert user.check_password("a longer and better phrase")
    assert not user.must_change_password


@pytest.mark.parametrize(
    ("login", "password", "why"),
    [("acme/root", "", "no slash"), ("root", "short", "password"), ("Ro ot", "", "login")],
)
def test_administrator__that_cannot_be__is_refused(tmp_path, login, password, why):
    (tmp_path / "password").write_text(password)

    with pytest.raises(CommandError, match=why):
        said_of(login, "--password-file", str(tmp_path / "password"))

    assert not User.objects.exists()


def test_administrator__who_was_put_out__is_not_let_in_again(tmp_path):
    said_of("root")
    User.objects.update(is_active=False)

    with pytest.raises(CommandError, match="no active platform administrator"):
        said_of("root", "--token-file", str(tmp_path / "token"))
