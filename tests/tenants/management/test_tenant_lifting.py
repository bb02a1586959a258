from __future__ import annotations

import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import ApiToken, Environment, Organisation, Stage, User
from tenants.selectors import token_by_text
from tenants.services.tokens import revoke_token
from tests.conftest import DATABASES
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(databases=DATABASES)


def lift(*arguments):
    out = StringIO()
    call_command("lift", *arguments, stdout=out)
    return out.getvalue()


def test_lift__new_tenant__makes_everything_and_says_how_to_log_in(client):
    told = lift("acme/production", "--title", "ACME", "--stage", "production", "--order", "3")

    environment = Environment.objects.get()
    assert str(environment) == "acme/production"
    assert (environment.stage, environment.order) == (Stage.PRODUCTION, 3)
    assert Organisation.objects.get().title == "ACME"
    password = told.split("password ")[1].split()[0]
    assert client.login(username="acme/admin", password=password)


def test_lift__repeated__makes_nothing_new_and_keeps_the_password(client):
    lift("acme/production", "--password", PASSWORD)

    told = lift("acme/production", "--password", "quite another one")

    assert "user acme/admin is there" in told
    assert "password" not in told
    assert client.login(username="acme/admin", password=PASSWORD)
    counts = [model.objects.count() for model in (Organisation, Environment, User)]
    assert counts == [1, 1, 1]


def test_lift__second_environment__shares_organisation_and_user():
    lift("acme/production")

    lift("acme/staging")

    assert Organisation.objects.count() == User.objects.count() == 1
    assert Environment.objects.count() == 2


def test_lift__dedicated_database__has_its_mirror_again_after_a_loss():
    lift("acme/production", "--database", "dedicated")
    Environment.objects.using("dedicated")._raw_delete("dedicated")

    lift("acme/production", "--database", "dedicated")

    assert Environment.objects.using("dedicated").get().database == "dedicated"


def test_lift__given_password__is_not_shown():
    told = lift("acme/production", "--password", PASSWORD)

    assert "login acme/admin" in told
    assert PASSWORD not in told


def test_lift__token_file__holds_a_token_that_opens_and_is_ours_alone(tmp_path):
    path = tmp_path / "folder" / "token"

    told = lift("acme/production", "--token-file", str(path))

    text = path.read_text().strip()
    assert token_by_text(text).user.login == "acme/admin"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text not in told


def test_lift__token_file_repeated__keeps_a_token_that_opens(tmp_path):
    path = tmp_path / "token"
    lift("acme/production", "--token-file", str(path))
    before = path.read_text()

    lift("acme/production", "--token-file", str(path))

    assert path.read_text() == before
    assert ApiToken.objects.count() == 1


def test_lift__token_was_revoked__writes_a_new_one(tmp_path):
    path = tmp_path / "token"
    lift("acme/production", "--token-file", str(path))
    revoke_token(ApiToken.objects.get(), actor="tests")

    lift("acme/production", "--token-file", str(path))

    assert token_by_text(path.read_text().strip()).user.login == "acme/admin"


def test_lift__token_file_of_another_user__is_replaced(tmp_path):
    path = tmp_path / "token"
    lift("acme/production", "--user", "bo", "--token-file", str(path))

    lift("acme/production", "--token-file", str(path))

    assert token_by_text(path.read_text().strip()).user.login == "acme/admin"


def test_lift__several_faults__each_is_told_on_a_line():
    with pytest.raises(CommandError) as caught:
        lift("acme/Live", "--database", "mars", "--scheduler", "mesos://x")

    lines = str(caught.value).splitlines()[1:]
    assert sorted(line.split(":")[0].strip() for line in lines) == [
        "/database", "/name", "/scheduler_url"
    ]  # fmt: skip


@pytest.mark.parametrize("tenant", ["acme", "", "/production", "acme/"])
def test_lift__half_a_path__is_refused(tenant):
    with pytest.raises(CommandError):
        lift(tenant)

    assert not Environment.objects.exists()


def test_lift__weak_password__says_so():
    with pytest.raises(CommandError, match="/password"):
        lift("acme/production", "--password", "short")
