from __future__ import annotations

import json

import pytest
import yaml

from tenants.models import LifeState, Organisation, Role, RoleBinding, User
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


def test_delete__organisation__sends_its_name_to_confirm(root):
    ran = root.forklift("delete", "organization", "acme", "--yes")

    assert ran.out == "organisation acme is being deleted\n", ran.err
    assert Organisation.objects.get().state == LifeState.DELETING
    assert root.adapter.asked[-1] == ("DELETE", "/api/v1/organisations/acme?confirm=acme")
    assert "acme" in root.forklift("list", "deletions").out


def test_delete__binding_user_and_role__go_by_their_addresses(shell, member, environment):
    shell.forklift("create", "role", "qa", "--right", "gateway.view")
    shell.forklift("create", "binding", "qa", "--user", "mia")
    binding = str(RoleBinding.objects.get(role__name="qa").pk)

    for noun, name in (("binding", binding), ("user", "mia"), ("role", "qa")):
        ran = shell.forklift("delete", noun, name, "--yes")

        assert ran.out == f"{noun} {name} deleted\n", ran.err

    assert not RoleBinding.objects.filter(pk=binding).exists()
    assert not User.objects.filter(login="acme/mia").exists()
    assert not Role.objects.filter(name="qa").exists()
