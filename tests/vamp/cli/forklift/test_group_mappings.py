from __future__ import annotations

import json

import pytest

from tenants.models import IdentityProvider, SsoGroupMapping
from tenants.services.single_sign_on import set_provider


@pytest.fixture
def provided(root, environment):
    """A shell of a platform administrator whose ``acme`` has single sign-on with a mapping."""
    set_provider(
        environment.organisation, title="Acme login", issuer="https://login.acme.test/acme",
        client_id="vamp", takes_over_users=True, groups=[("devs", "developers")], actor="root",
    )  # fmt: skip
    return root


def mappings():
    return [(each.claim_value, each.group_name) for each in SsoGroupMapping.objects.all()]


def test_add__another_one__is_listed_and_nothing_else_changes(provided):
    ran = provided.forklift("add", "group-mapping", "Platform Team", "operators")
    again = provided.forklift("add", "group-mapping", "Platform Team", "operators")
    listed = provided.forklift("list", "group-mappings")

    assert ran.out == "group mapping of acme added: Platform Team -> operators\n", ran.err
    assert again.out == "group mapping of acme unchanged: Platform Team -> operators\n"
    assert [line.split() for line in listed.out.splitlines()] == [
        ["CLAIMED", "GROUP"], ["Platform", "Team", "operators"], ["devs", "developers"],
    ]  # fmt: skip
    assert IdentityProvider.objects.get().takes_over_users


def test_create__what_is_mapped__is_a_conflict_and_another_group_of_it_is_not(provided):
    refused = provided.forklift("create", "group-mapping", "devs", "developers")
    made = provided.forklift("create", "group-mapping", "devs", "testers", "-o", "json")

    assert refused.exit == 5
    assert json.loads(made.out) == {"claim": "devs", "group": "testers"}, made.err
    assert mappings() == [("devs", "developers"), ("devs", "testers")]


def test_add__rehearsed_or_wrong__maps_nothing(provided):
    rehearsed = provided.forklift("add", "group-mapping", "ops", "operators", "--dry-run")
    wrong = provided.forklift("add", "group-mapping", "ops", "No Label")

    assert "would be added: ops -> operators" in rehearsed.out
    assert wrong.exit == 1
    assert "groups[1].group: " in wrong.err
    assert mappings() == [("devs", "developers")]


def test_delete__claim_typed__goes_with_every_group_of_it(provided):
    provided.forklift("add", "group-mapping", "devs", "testers")
    provided.is_terminal = True

    wrong = provided.forklift("delete", "group-mapping", "devs", stdin="dev\n")
    right = provided.forklift("delete", "group-mapping", "devs", stdin="devs\n")

    assert wrong.exit == 2
    assert "group mapping of acme: devs -> testers\n" in wrong.err
    assert "who is a member of testers stays one\n" in wrong.err
    assert "type devs to delete 2 mappings: " in right.err
    assert right.out.count("deleted") == 2
    assert mappings() == []
    assert "no group is mapped" in provided.forklift("list", "group-mappings").err


def test_delete__one_group_of_a_claim__leaves_the_others(provided):
    provided.forklift("add", "group-mapping", "devs", "testers")

    rehearsed = provided.forklift("delete", "group-mapping", "devs", "testers", "--dry-run")
    ran = provided.forklift("delete", "group-mapping", "devs", "testers", "-y")
    gone = provided.forklift("delete", "group-mapping", "devs", "testers", "-y")

    assert "would be deleted" in rehearsed.out
    assert ran.out == "group mapping of acme: devs -> testers deleted\n", ran.err
    assert gone.exit == 3
    assert "devs is not mapped to testers in acme" in gone.err
    assert mappings() == [("devs", "developers")]
    assert provided.forklift("list", "group-mappings", "-o", "name").out == "group-mapping/devs\n"


def test_mappings__without_single_sign_on__are_not_found(root):
    assert root.forklift("list", "group-mappings").exit == 3
    assert root.forklift("add", "group-mapping", "devs", "developers").exit == 3


def test_mappings__by_an_administrator_of_the_organisation__are_read_only(provided, shell):
    assert shell.forklift("list", "group-mappings").exit == 0
    assert shell.forklift("add", "group-mapping", "ops", "operators").exit == 4
    assert shell.forklift("delete", "group-mapping", "devs", "-y").exit == 4
    assert mappings() == [("devs", "developers")]


def test_delete__of_a_group_that_others_are_mapped_to__tells_who_leaves_it(provided):
    provided.forklift("add", "group-mapping", "ops", "developers")
    provided.is_terminal = True

    ran = provided.forklift("delete", "group-mapping", "ops", stdin="no\n")

    assert "who has no other claim that is mapped to developers leaves it" in ran.err
    assert len(mappings()) == 2


@pytest.mark.parametrize(("begun", "offered"), [("", ["devs"]), ("d", ["devs"]), ("x", [])])
def test_tab__for_a_claim__offers_those_that_are_mapped(provided, monkeypatch, begun, offered):
    line = f"forklift delete group-mapping {begun}"
    monkeypatch.setenv("_FORKLIFT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", "3")

    assert provided.forklift().out.split() == offered


def test_tab__for_a_claim_without_single_sign_on__offers_nothing(root, monkeypatch):
    monkeypatch.setenv("_FORKLIFT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "forklift delete group-mapping ")
    monkeypatch.setenv("COMP_CWORD", "3")

    assert root.forklift().out.split() == []
