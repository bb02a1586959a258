from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tenants.models import ApiToken
from tenants.selectors import token_by_text
from tests.vamp.cli.shell import shell_of
from vamp.cli.failure import Failure
from vamp.cli.forklift.tokens import moment_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_token__created__is_alone_on_standard_output(shell):
    ran = shell.forklift("create", "token", "ci", "--expires", "30d")

    assert ran.exit == 0, ran.err
    text = ran.out.strip()
    assert "\n" not in text
    found = token_by_text(text)
    assert (found.name, found.user.login, found.expires_at is None) == ("ci", "acme/ana", False)
    assert text not in ran.err


def test_token__of_agents__is_for_their_environment(shell):
    text = shell.forklift("create", "token", "vga", "--agents-of", "production").out.strip()

    assert token_by_text(text).agent_of.name == "production"


def test_token__of_another_user__needs_the_right_and_their_power(
    root, environment, member, person, tmp_path
):
    operators = shell_of(tmp_path, member)
    for name in ("ana", "nobody"):  # who is there is not told
        assert operators.forklift("create", "token", "x", "--user", name).exit == 4
    assert not ApiToken.objects.filter(name="x").exists()

    text = root.forklift("create", "token", "x", "--user", "ana").out.strip()
    assert token_by_text(text).user == person


def test_token__made_anew__ends_the_old_text(shell):
    old = shell.forklift("create", "token", "ci").out.strip()

    new = shell.forklift("update", "token", "ci").out.strip()

    assert token_by_text(old) is None
    assert token_by_text(new).name == "ci"
    assert shell.forklift("update", "token", "none").exit == 3


def test_token__made_anew_with_grace__both_texts_are_good_for_a_while(shell):
    old = shell.forklift("create", "token", "ci", "--expires", "30d").out.strip()

    new = shell.forklift("update", "token", "ci", "--grace", "1h").out.strip()

    assert token_by_text(old) == token_by_text(new)
    assert shell.forklift("update", "token", "ci", "--grace", "1h", "--expires", "1d").exit == 2


def test_token__made_anew_until_another_time__is_of_the_same_user_with_the_same_limits(shell):
    shell.forklift("create", "token", "ci", "--right", "gateway.view", "--within", "production")

    text = shell.forklift("update", "token", "ci", "--expires", "2030-01-01").out.strip()

    found = token_by_text(text)
    assert found.expires_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert (found.rights, found.environment.name) == (["gateway.view"], "production")


def test_token__of_a_service__stands_for_itself_and_keeps_its_bindings(shell):
    made = shell.forklift("create", "token", "robot", "--service")
    bound = shell.forklift("create", "binding", "viewer", "--token", "robot")

    anew = shell.forklift("update", "token", "robot")

    assert (made.exit, bound.exit, anew.exit) == (0, 0, 0), (made.err, bound.err, anew.err)
    assert "token robot; it is shown this once" in made.err
    assert token_by_text(anew.out.strip()).bindings.count() == 1
    assert shell.forklift("update", "token", "robot", "--expires", "1d").exit == 2


def test_token__shown_and_listed__never_has_its_text(shell):
    text = shell.forklift("create", "token", "ci").out.strip()

    for arguments in (
        ("show", "token", "ci"),
        ("list", "tokens"),
        ("list", "tokens", "-o", "json"),
    ):
        assert text.split(".")[-1] not in shell.forklift(*arguments).all


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12h", "2026-03-02T00:00:00+00:00"),
        ("2026-12-31", "2026-12-31T00:00:00+00:00"),
        ("2026-12-31T10:00:00+02:00", "2026-12-31T10:00:00+02:00"),
    ],
)
def test_moment__time_or_duration__is_iso(text, moment):
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["soon", "2026-13-01"])
def test_moment__of_something_else__is_refused(text):
    with pytest.raises(Failure):
        moment_of(text, NOW)


def test_binding__with_limits__is_what_the_flags_say(shell):
    ran = shell.forklift(
        "create", "binding", "operator", "--user", "ana", "--within", "production",
        "--object", "gateway/shop", "--max-weight", "25", "--expires", "2036-12-31T00:00:00Z",
    )  # fmt: skip

    assert ran.exit == 0, ran.err
    rows = json.loads(shell.forklift("list", "bindings", "-o", "json").out)
    (found,) = [row for row in rows if row["role"] == "operator"]
    assert (found["user"], found["environment"]) == ("acme/ana", "production")
    assert (found["object"], found["selector"]) == ("gateway/shop", "")
    assert found["expires_at"].startswith("2036-12-31T00:00:00")
    assert found["max_weight"] == "25%"


def test_binding__to_nobody_or_two__is_wrong_usage(nobody):
    assert nobody.forklift("create", "binding", "viewer").exit == 2
    assert nobody.forklift("create", "binding", "viewer", "--user", "a", "--group", "b").exit == 2
