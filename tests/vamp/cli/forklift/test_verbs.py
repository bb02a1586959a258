from __future__ import annotations

import pytest

from tenants.models import User
from tests.vamp.cli.contract import ORGANISATION


def test_user__password_from_standard_input__may_log_in(root):
    ran = root.forklift(
        "create",
        "user",
        "bo",
        "--full-name",
        "Bo",
        "--password-file",
        "-",
        stdin="a good long one 1\n",
    )

    assert ran.out == "User acme/bo created\n", ran.err
    assert User.objects.get(login="acme/bo").full_name == "Bo"
    assert "a good long one" not in ran.all
    assert "login: acme/bo" in root.forklift("show", "user", "bo").out


def test_user__nobody_to_type_a_password__is_wrong_usage(root):
    ran = root.forklift("create", "user", "bo")

    assert ran.exit == 2
    assert "--password-file" in ran.err


def test_user__with_roles__is_bound_to_them(contract, contract_shell):
    ran = contract_shell.forklift(
        "create", "user", "bo", "--role", "admin", "--role", "viewer", "--password-file", "-",
        stdin="x\n",
    )  # fmt: skip

    assert ran.exit == 0, ran.err
    assert [(row["role"], row["user"]) for row in contract.rows[f"{ORGANISATION}/bindings"]] == [
        ("administrator", "acme/bo"),
        ("viewer", "acme/bo"),
    ]


def test_user__of_a_file__is_made_or_changed(contract, contract_shell):
    path = contract_shell.write("bo.yaml", "name: bo\npassword: x\nroles: [developer]\n")

    first = contract_shell.forklift("add", "user", "--file", path)
    second = contract_shell.forklift("add", "user", "--file", path, "--full-name", "Bo")

    assert first.exit == second.exit == 0, (first.err, second.err)
    assert "User acme/bo changed" in second.out
    assert contract.rows[f"{ORGANISATION}/users"][0]["full_name"] == "Bo"


@pytest.mark.parametrize(
    ("arguments", "address", "row"),
    [
        (("role", "releaser", "--right", "release.approve"), "roles",
         {"kind": "Role", "name": "releaser", "rights": ["release.approve"]}),
        (("group", "qa", "--member", "ana"), "groups",
         {"kind": "Group", "name": "qa", "members": ["acme/ana"]}),
    ],
)  # fmt: skip
def test_role_and_group__created__are_what_the_flags_say(
    contract, contract_shell, arguments, address, row
):
    ran = contract_shell.forklift("create", *arguments)

    assert ran.exit == 0, ran.err
    held = contract.rows[f"{ORGANISATION}/{address}"]
    row.pop("kind")
    assert held == [row]


def test_user__no_login_and_no_file__is_wrong_usage(nobody):
    assert nobody.forklift("create", "user").exit == 2
