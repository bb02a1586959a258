from __future__ import annotations

import json

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

from tenants.models import UserSession
from tenants.services.second_factor import has_factor
from tests.factories import user_of
from tests.vamp.cli.forklift.test_sign_ins import signed_in


@pytest.fixture
def bo(environment):
    """Somebody with an authenticator app, who is signed in."""
    user = user_of(environment.organisation, "bo")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    signed_in(user, 1)
    return user


def test_list__of_somebody_with_some__tells_which_and_no_secret(shell, bo):
    ran = shell.forklift("list", "second-factors", "--user", "bo")
    names = shell.forklift("list", "second-factor", "--user", "acme/bo", "-o", "name")

    assert "authenticator app" in ran.out, ran.err
    assert "recovery codes" in ran.out
    assert "JBSWY3DPEHPK3PXP" not in ran.all
    assert set(names.out.split()) == {"second-factor/recovery_codes", "second-factor/totp"}


def test_list__of_somebody_without__says_so(shell, person):
    assert shell.forklift("list", "second-factors", "--user", "ana").err == (
        "acme/ana has no second factor\n"
    )
    assert shell.forklift("list", "second-factors").exit == 2
    assert shell.forklift("list", "second-factors", "--user", "nobody").exit == 3


def test_reset__login_typed__takes_all_and_ends_sessions(root, bo):
    root.is_terminal = True

    wrong = root.forklift("reset", "second-factors", "bo", stdin="bo\n")
    still = has_factor(bo)
    right = root.forklift("reset", "second-factors", "bo", stdin="acme/bo\n")

    assert wrong.exit == 2
    assert "2 second factors of acme/bo: " in wrong.err
    assert still
    assert right.out == "second factors of acme/bo reset, and all sessions ended\n", right.err
    assert not has_factor(bo)
    assert not UserSession.objects.exists()


def test_reset__rehearsed_and_again__does_nothing_twice(root, bo):
    rehearsed = root.forklift("reset", "second-factors", "bo", "--dry-run")
    unsure = root.forklift("reset", "second-factors", "bo")
    done = root.forklift("reset", "second-factors", "bo", "--yes", "-o", "json")
    again = root.forklift("reset", "second-factors", "bo", "--yes")

    assert "would be reset: 2 second factors of acme/bo" in rehearsed.out, rehearsed.err
    assert unsure.exit == 2
    assert {each["type"] for each in json.loads(done.out)} == {"totp", "recovery_codes"}
    assert again.out == "acme/bo has no second factor: nothing to reset\n"
    assert again.exit == 0
