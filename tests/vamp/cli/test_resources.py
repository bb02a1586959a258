"""Things changed one by one; on the contract, for most of their addresses are yet to be built."""

from __future__ import annotations

import pytest

from tests.vamp.cli.contract import ORGANISATION, problem
from vamp.cli.resources import changed_fields, role_named

ACCESS = """\
kind: Binding
role: releaser
group: qa
environment: production
expires_at: 2026-12-31T00:00:00Z
---
kind: Group
name: qa
members: [ana]
---
kind: Role
name: releaser
rights: [gateway.view, release.approve]
"""


def writes(contract):
    return [(method, path) for method, path, _ in contract.asked if method != "GET"]


def test_access__applied_twice__is_written_once_in_order(contract, contract_shell):
    path = contract_shell.write("access.yaml", ACCESS)

    first = contract_shell.forklift("apply", "-f", path)
    written = writes(contract)
    second = contract_shell.forklift("apply", "-f", path)

    assert first.exit == second.exit == 0, first.err
    assert written == [
        ("POST", f"{ORGANISATION}/groups"),
        ("POST", f"{ORGANISATION}/roles"),
        ("POST", f"{ORGANISATION}/bindings"),
    ]
    assert writes(contract) == written
    assert contract.rows[f"{ORGANISATION}/groups"][0]["members"] == ["acme/ana"]
    assert second.out.count("unchanged") == 3


def test_binding__with_another_limit__is_changed_and_not_made_again(contract, contract_shell):
    contract_shell.forklift("apply", "-f", contract_shell.write("a.yaml", ACCESS))
    later = ACCESS.replace("2026-12-31", "2027-12-31")

    ran = contract_shell.forklift("apply", "-f", contract_shell.write("a.yaml", later))

    assert "Binding acme/releaser to group qa changed" in ran.out
    assert len(contract.rows[f"{ORGANISATION}/bindings"]) == 1


def test_dry_run__of_what_the_api_cannot_rehearse__sends_nothing(contract, contract_shell):
    path = contract_shell.write("access.yaml", ACCESS)

    ran = contract_shell.forklift("apply", "-f", path, "--dry-run")

    assert ran.exit == 0
    assert ran.out.count("would be created") == 3
    assert writes(contract) == []


def test_diff__of_access__shows_what_would_change(contract, contract_shell):
    contract_shell.forklift("apply", "-f", contract_shell.write("a.yaml", ACCESS))
    more = ACCESS.replace("members: [ana]", "members: [ana, bo]")

    ran = contract_shell.forklift("diff", "-f", contract_shell.write("b.yaml", more))

    assert "+- acme/bo" in ran.out or "+- bo" in ran.out
    assert "releaser" not in ran.out


def test_fault__of_the_server__stands_at_its_line(contract, contract_shell):
    path = contract_shell.write("role.yaml", "kind: Role\nname: x\nrights:\n- gateway.view\n- no\n")
    fault = {"pointer": "/rights/1", "message": "there is no right `no`"}
    contract.said = [
        problem(404, "not-found", "Not found"), problem(400, "invalid", "Not valid", fault),
    ]  # fmt: skip

    ran = contract_shell.forklift("apply", "-f", path)

    assert ran.exit == 1
    assert f"{path}:5:3: rights[1]: there is no right `no`" in ran.err


def test_user__of_an_earlier_forklift__gets_bindings_for_its_roles(contract, contract_shell):
    text = '{"kind": "User", "name": "bo", "password": "s3cret-s3cret", "roles": ["admin"]}'

    ran = contract_shell.forklift("apply", "-f", contract_shell.write("user.json", text))

    assert ran.exit == 0, ran.err
    assert contract.rows[f"{ORGANISATION}/users"] == [
        {"login": "acme/bo", "password": "s3cret-s3cret"}
    ]
    assert contract.rows[f"{ORGANISATION}/bindings"] == [
        {"id": 1, "role": "administrator", "user": "acme/bo"}
    ]
    assert "s3cret" not in ran.all


@pytest.mark.parametrize(
    ("before", "wanted", "changes"),
    [
        ({"a": 1}, {"a": 1, "name": "x"}, {}),
        ({"a": None}, {"a": ""}, {}),
        ({"m": ["b", "a"]}, {"m": ["a", "b"]}, {}),
        ({"t": "2026-01-01T00:00:00Z"}, {"t": "2026-01-01T01:00:00+01:00"}, {}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"password": "x"}, {}),
        ({"max_weight": "25%"}, {"max_weight": "25%"}, {}),
    ],
)
def test_changes__ways_to_write_the_same__are_none(before, wanted, changes):
    assert changed_fields(before, wanted) == changes


def test_role__of_an_earlier_product__is_called_as_now():
    assert role_named("admin") == "administrator"
    assert role_named("viewer") == "viewer"


def test_user__switched_off_in_its_document__is_made_and_then_switched_off(
    contract, contract_shell
):
    text = "kind: User\nname: bo\npassword: x\nis_active: false\n"
    contract.said = [
        (200, {}, {"results": [], "next": None}),
        (201, {}, {"login": "acme/bo", "is_active": True}),
        (200, {}, {"login": "acme/bo", "is_active": False}),
    ]

    ran = contract_shell.forklift("apply", "-f", "-", stdin=text)

    assert ran.exit == 0, ran.err
    assert contract.asked[1][2] == {"login": "acme/bo", "password": "x"}
    assert contract.asked[2] == ("PATCH", f"{ORGANISATION}/users/bo", {"is_active": False})
