from __future__ import annotations

import json

import pytest
import yaml

from tests.vamp.cli.contract import ORGANISATION
from tests.vamp.cli.things import BOTH


@pytest.mark.parametrize("noun", ["organisation", "environment", "user", "token", "policy"])
def test_list__every_noun__is_a_table_or_json(root, noun):
    assert root.forklift("list", noun).exit == 0
    assert isinstance(json.loads(root.forklift("list", f"{noun}", "-o", "json").out), list)


def test_show__policy__is_its_document_as_json_and_else_yaml(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert json.loads(shell.forklift("show", "policy", "canary").out)["name"] == "canary"
    assert (
        yaml.safe_load(shell.forklift("show", "environment", "production").out)["name"]
        == "production"
    )
    assert shell.forklift("show", "environment", "none").exit == 3
    assert shell.forklift("show", "user", "none").exit == 3


def test_delete__policy__wants_its_name_typed(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH.replace("policy: canary\n", ""))
    shell.is_terminal = True

    wrong = shell.forklift("delete", "policy", "canary", stdin="yes\n")
    right = shell.forklift("delete", "policy", "canary", stdin="canary\n")

    assert wrong.exit == 2
    assert "nothing was deleted" in wrong.err
    assert right.out == "policy canary deleted\n"


def test_delete__not_there__is_not_found(shell):
    assert shell.forklift("delete", "policy", "none", "--yes").exit == 3
    assert shell.forklift("delete", "policy", "none").exit == 2


def test_delete__organisation__sends_its_name_to_confirm(contract, contract_shell):
    ran = contract_shell.forklift("delete", "organization", "acme", "--yes")

    assert ran.exit == 0, ran.err
    assert contract.asked[-1][:2] == ("DELETE", f"{ORGANISATION}?confirm=acme")


def test_delete__user_role_and_binding__go_by_their_addresses(contract, contract_shell):
    contract.rows[f"{ORGANISATION}/users"] = [{"login": "acme/bo"}]
    contract.rows[f"{ORGANISATION}/roles"] = [{"name": "qa"}]
    contract.rows[f"{ORGANISATION}/bindings"] = [{"id": 7}]

    for noun, name in (("user", "bo"), ("role", "qa"), ("binding", "7")):
        assert contract_shell.forklift("delete", noun, name, "--yes").exit == 0

    assert [path for method, path, _ in contract.asked if method == "DELETE"] == [
        f"{ORGANISATION}/users/bo", f"{ORGANISATION}/roles/qa", f"{ORGANISATION}/bindings/7",
    ]  # fmt: skip
