from __future__ import annotations

import json

import pytest

from tenants.services.second_factor import policy_of
from vamp.cli.forklift.sign_in_policy import sentence


def test_sign_in__of_platform_administrators__is_set_and_shown(root):
    before = root.forklift("show", "sign-in", "--installation")
    ran = root.forklift(
        "set", "sign-in", "--installation", "--second-factor", "everybody", "--grace-days", "14"
    )
    shown = json.loads(root.forklift("show", "sign-in", "--installation", "-o", "json").out)

    assert "second_factor: nobody\n" in before.out, before.err
    assert ran.out == (
        "sign-in of platform administrators set: a second factor is asked of everybody,"
        " within 14 days\n"
    ), ran.err
    assert (shown["second_factor"], shown["grace_days"]) == ("everybody", 14)
    assert shown["required_since"]
    assert policy_of(None).second_factor == "everybody"


def test_sign_in__of_an_organisation__keeps_what_is_not_said(root, environment):
    root.forklift("set", "sign-in", "--second-factor", "passwords")
    ran = root.forklift("set", "sign-in", "--grace-days", "0", "-o", "json")
    same = root.forklift("set", "sign-in", "--grace-days", "0")

    assert json.loads(ran.out)["second_factor"] == "passwords", ran.err
    assert same.out == (
        "sign-in of acme unchanged: a second factor is asked of those who sign in with a"
        " password, at the next sign-in\n"
    )
    environment.organisation.refresh_from_db()
    assert policy_of(environment.organisation).grace_days == 0
    assert policy_of(None).second_factor == "nobody"


def test_sign_in__rehearsed__sets_nothing(root):
    ran = root.forklift(
        "set", "sign-in", "--installation", "--second-factor", "everybody", "--dry-run"
    )

    assert "would be set: a second factor is asked of everybody, within 7 days" in ran.out
    assert policy_of(None).second_factor == "nobody"
    name = root.forklift("show", "sign-in", "--installation", "-o", "name")
    assert name.out == "sign-in/installation\n"
    assert root.forklift("show", "sign-in", "-o", "name").out == "sign-in/acme\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "give --second-factor or --grace-days"),
        (("--second-factor", "some"), 2, "nobody"),
        (("--grace-days", "91", "--installation"), 1, "grace_days: write 0 to 90 days"),
    ],
)
def test_sign_in__set_wrongly__is_refused(root, words, code, said):
    ran = root.forklift("set", "sign-in", *words)

    assert ran.exit == code
    assert said in ran.all


def test_sign_in__of_the_platform_by_a_tenant__is_not_allowed(shell):
    assert shell.forklift("show", "sign-in", "--installation").exit == 4
    assert shell.forklift("set", "sign-in", "--installation", "--second-factor", "nobody").exit == 4
    assert policy_of(None).second_factor == "nobody"


def test_sentence__of_a_policy_unknown_to_this_version__tells_it_all_the_same():
    row = {"second_factor": "robots", "grace_days": 1}

    assert sentence(row) == "a second factor is asked of robots, within 1 day"
