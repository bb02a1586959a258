"""Archiving, restoring, cloning: on the contract, for their addresses are yet to be built."""

from __future__ import annotations

import pytest

from tests.vamp.cli.contract import ORGANISATION


@pytest.mark.parametrize("verb", ["archive", "restore"])
@pytest.mark.parametrize(
    ("noun", "name", "address"),
    [
        ("organization", "acme", ORGANISATION),
        ("environment", "dev", f"{ORGANISATION}/environments/dev"),
    ],
)
def test_archive_and_restore__named__ask_for_it(
    contract, contract_shell, verb, noun, name, address
):
    contract.said = [(204, {}, None)]

    ran = contract_shell.forklift(verb, noun, name)

    assert ran.out == f"{noun.replace('z', 's')} {name} {verb}d\n", ran.err
    assert contract.asked == [("POST", f"{address}/{verb}", None)]


def test_clone__with_what_it_lacks__tells_that(contract, contract_shell):
    made = {"environment": {"name": "copy"}, "notes": ["no namespace"], "secrets_missing": ["kv"]}
    contract.said = [(201, {}, made)]

    ran = contract_shell.forklift("clone", "environment", "dev", "copy", "--title", "Copy")

    assert ran.out == "environment copy made like dev\n"
    assert ran.err.splitlines() == ["note: no namespace", "note: secrets that must be set: kv"]
    assert contract.asked[0][2] == {"name": "copy", "title": "Copy"}


def test_clone__of_what_is_not_there__is_not_found(contract, contract_shell):
    assert contract_shell.forklift("clone", "environment", "none", "copy").exit == 3
