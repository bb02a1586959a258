from __future__ import annotations

import json
import stat

import pytest

from tenants.models import RoleBinding
from tenants.services.tokens import create_token
from tests.factories import ACTOR, environment_in
from tests.vamp.cli.shell import SERVER, DjangoAdapter, Shell
from vamp.cli.commands.access import MOST_OFFERED


@pytest.fixture
def fresh(person, tmp_path):
    """A shell of somebody who holds a token and has no configuration yet."""
    _, text = create_token("mine", actor=ACTOR, user=person)
    shell = Shell(tmp_path, adapter=DjangoAdapter())
    return shell, text


def config(shell):
    return shell.home / ".config" / "vamp" / "config.yaml"


def test_login__token_from_standard_input__is_kept_for_its_owner_alone(fresh):
    shell, text = fresh

    ran = shell.vamp("auth", "login", "--server", SERVER, stdin=f"{text}\n")

    said = f"logged in to {SERVER} as acme/ana; the context is vamp.test; commands work in production\n"
    assert ran.out == said, ran.err
    assert stat.S_IMODE(config(shell).stat().st_mode) == 0o600
    assert text not in ran.all
    assert shell.vamp("auth", "whoami").out == f"acme/ana at {SERVER}\n"
    assert shell.forklift("whoami").exit == 0


@pytest.mark.parametrize("way", ["flag", "file", "variable", "file of a variable"])
def test_login__token_by_other_ways__is_taken(fresh, way):
    shell, text = fresh
    path = shell.write("token", text)
    arguments = {"flag": ["--token", text], "file": ["--token-file", path]}.get(way, [])
    shell.environ |= {
        "variable": {"VAMP_TOKEN": text}, "file of a variable": {"VAMP_TOKEN_FILE": path},
    }.get(way, {})  # fmt: skip

    ran = shell.vamp(
        "auth", "login", "--server", SERVER, "--name", "a", "--env", "prod", *arguments
    )

    assert ran.exit == 0, ran.err
    assert "environment: prod" in config(shell).read_text()


@pytest.mark.parametrize("stdin", ["", "two words\n", "x.y\n"])
def test_login__no_token_or_a_wrong_one__keeps_nothing(fresh, stdin):
    shell, _ = fresh

    ran = shell.vamp("auth", "login", "--server", SERVER, stdin=stdin)

    assert ran.exit in (2, 4)
    assert not config(shell).exists()


def test_login__one_environment__is_worked_in(fresh, environment):
    shell, text = fresh

    ran = shell.vamp("auth", "login", "--server", SERVER, stdin=text)

    assert ran.out.endswith("; commands work in production\n"), ran.all
    assert shell.vamp("get", "gateways").exit == 0


def test_login__several_environments__are_named(fresh, environment):
    shell, text = fresh
    for number in range(MOST_OFFERED):
        environment_in(name=f"test-{number}")

    ran = shell.vamp("auth", "login", "--server", SERVER, stdin=text)

    assert "with --env: production, test-0, test-1, test-2, test-3 …\n" in ran.out, ran.all
    assert shell.vamp("get", "gateways").exit == 2


def test_login__as_somebody_of_another_organisation__forgets_the_environment(fresh, environment):
    shell, text = fresh
    elsewhere = ("--org", "globex", "--env", "elsewhere")
    shell.vamp("auth", "login", "--server", SERVER, *elsewhere, stdin=text)

    ran = shell.vamp("auth", "login", "--server", SERVER, stdin=text)

    assert "organisation: acme" in config(shell).read_text()
    assert "elsewhere" not in config(shell).read_text(), ran.all


def test_logout__of_a_context__forgets_its_token(fresh):
    shell, text = fresh
    shell.vamp("auth", "login", "--server", SERVER, stdin=text)

    assert shell.vamp("auth", "logout").exit == 0
    assert text not in config(shell).read_text()
    assert shell.vamp("auth", "whoami").exit == 4


def test_contexts__set_used_listed_and_deleted__never_show_a_token(fresh):
    shell, text = fresh
    shell.vamp("auth", "login", "--server", SERVER, "--name", "a", stdin=text)

    assert shell.vamp("context", "set", "b", "--server", "b.test", "--env", "globex/dev").exit == 0
    assert shell.vamp("context", "use", "b").exit == 0
    listed = json.loads(shell.vamp("context", "list", "-o", "json").out)
    assert [(row["name"], row["is_current"], row["token"]) for row in listed] == [
        ("a", False, True), ("b", True, False),
    ]  # fmt: skip
    assert (listed[1]["organisation"], listed[1]["environment"]) == ("globex", "dev")
    assert text not in shell.vamp("context", "list").all
    assert shell.vamp("context", "delete", "b").exit == 0
    assert shell.vamp("context", "list", "-o", "name").out == "a\n"
    assert shell.vamp("context", "use", "b").exit == 2


def test_context__given_another_server__loses_its_token(fresh):
    shell, text = fresh
    shell.vamp("auth", "login", "--server", SERVER, "--name", "a", stdin=text)

    shell.vamp("context", "set", "a", "--server", "https://other.test")

    assert text not in config(shell).read_text()


def test_can_i__allowed__says_through_which_binding(shell):
    shell.forklift(
        "create", "binding", "operator", "--user", "ana", "--within", "production",
        "--object", "gateway/shop", "--max-weight", "25", "--expires", "2036-12-31T00:00:00Z",
    )  # fmt: skip
    binding = RoleBinding.objects.get(builtin="operator")
    RoleBinding.objects.filter(builtin="administrator").delete()

    ran = shell.vamp("auth", "can-i", "release", "gw/shop")

    assert ran.exit == 0, ran.err
    yes, through = ran.out.splitlines()
    assert yes.startswith("yes: role operator was given to user acme/ana")
    assert through == (
        f"through binding {binding.pk}: role operator, to user acme/ana, on gateway shop in"
        " environment production, until 2036-12-31 00:00:00, up to 25 %"
    )


def test_can_i__of_somebody_else_who_may_not__ends_with_4(shell, member):
    ran = shell.vamp("auth", "can-i", "create", "roles", "--user", "mia")

    assert (ran.exit, ran.out) == (4, "no: no binding gives role.create here\n")


def test_can_i__of_nobody_who_is_there__is_not_found(shell):
    assert shell.vamp("auth", "can-i", "create", "roles", "--user", "nobody").exit == 3
