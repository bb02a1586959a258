from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.selectors import token_by_text
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR


def run(*arguments):
    out = StringIO()
    call_command("setup_environment", *arguments, stdout=out)
    return out.getvalue()


def test_command__new_environment__does_what_it_can_and_says_what_is_left(environment):
    told = run("acme/production")

    assert told.count("ok   ") == 5
    assert "YOU  Scheduler" in told
    assert run("acme/production") == told


def test_command__token_for_agents__is_in_the_file_and_nowhere_else(environment, tmp_path):
    told = run("acme/production", "--agent-token-file", str(tmp_path / "token"))

    text = (tmp_path / "token").read_text().strip()
    assert token_by_text(text).agent_of == environment
    assert text not in told
    assert "ok   Agents can log in" in told


def test_command__step_that_fails__exits_with_1_and_names_it(environment, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings.KV_URL = f"file://{tmp_path}/file"

    with pytest.raises(CommandError, match="failed: kv"):
        run("acme/production")


def test_command__no_such_environment__says_how_to_make_it(environment):
    with pytest.raises(CommandError, match=r"manage\.py lift acme/none"):
        run("acme/none")
    with pytest.raises(CommandError, match="organisation/environment"):
        run("acme")


def test_command__manifest__is_printed_for_kubectl(environment):
    change_environment(
        environment, actor=ACTOR, scheduler_url="kubernetes://c:6443", namespace="shop"
    )

    assert "kind: RoleBinding" in run("acme/production", "--manifest")


def test_command__kubeconfig_that_is_none__is_refused(environment, tmp_path):
    (tmp_path / "config").write_text("hunter2")

    with pytest.raises(CommandError) as refusal:
        run("acme/production", "--kubeconfig", str(tmp_path / "config"))

    assert "hunter2" not in str(refusal.value)
