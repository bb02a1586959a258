from __future__ import annotations

import json

import pytest
import yaml

from tests.vamp.cli.things import BOTH, GATEWAY


def test_apply__for_programs__says_what_became_of_each(shell):
    found = json.loads(shell.vamp("apply", "-f", "-", "-o", "json", stdin=BOTH).out)

    assert found[1] == {
        "kind": "Gateway", "organisation": "acme", "environment": "production", "name": "shop",
        "outcome": "created", "is_dry_run": False, "revision": 1, "notes": [],
    }  # fmt: skip


def test_apply__names__can_be_given_on(shell):
    assert shell.vamp("apply", "-f", "-", "-o", "name", stdin=BOTH).out == (
        "policy/canary\ngateway/shop\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply",), ("apply", "-f", "none.yaml"), ("apply", "-f", "-", "-i", "xml"),
        ("apply", "-f", "-", "--prune", "maybe"), ("diff",), ("delete",), ("get",), ("nothing",),
        ("get", "gateways", "--nothing"), ("get", "gateways", "-o", "xml"),
    ],
)  # fmt: skip
def test_usage__wrong__ends_with_2(shell, arguments):
    ran = shell.vamp(*arguments)

    assert ran.exit == 2
    assert ran.err
    assert ran.out == ""


def test_apply__json_form_wanted__refuses_yaml(shell):
    assert shell.vamp("apply", "-f", "-", "-i", "json", stdin=GATEWAY).exit == 2


def test_export__to_a_folder__can_be_changed_and_applied(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    folder = shell.home / "out"
    shell.vamp("export", "-o", str(folder))
    path = folder / "acme/production/gateways/shop.yaml"
    path.write_text(path.read_text().replace("name: shop\n", "name: shop\ntitle: Web shop\n"))

    ran = shell.vamp("apply", "-f", str(folder))

    assert "Gateway acme/production/shop changed (revision 2)" in ran.out
    assert (
        yaml.safe_load(shell.vamp("get", "gateway", "shop", "-o", "yaml").out)["title"]
        == "Web shop"
    )


def test_delete__named__tells_it_or_that_it_is_not_there(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert shell.vamp("delete", "gateway", "shop").out == "gateway shop deleted\n"
    assert shell.vamp("delete", "gateway", "shop").exit == 3
