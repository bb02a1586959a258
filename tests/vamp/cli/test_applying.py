"""Applying documents to the real API."""

from __future__ import annotations

import json

import pytest

from gateways.models import Gateway
from policies.models import ReleasePolicy
from tests.vamp.cli.things import BOTH, BROKEN, GATEWAY, OLD_POLICY, POLICY


def test_apply__gateway_before_its_policy__makes_both(shell, environment):
    ran = shell.vamp("apply", "-f", shell.write("all.yaml", BOTH))

    assert (ran.exit, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "ReleasePolicy acme/production/canary created (revision 1)",
        "Gateway acme/production/shop created (revision 1)",
    ]
    assert Gateway.objects.in_environment(environment).get().name == "shop"


def test_apply__twice__changes_nothing_more(shell):
    path = shell.write("all.yaml", BOTH)
    shell.vamp("apply", "-f", path)

    ran = shell.vamp("apply", "-f", path, "-o", "json")

    assert [row["outcome"] for row in json.loads(ran.out)] == ["unchanged", "unchanged"]


def test_apply__faults_in_two_files__are_all_told_at_line_and_column(shell, environment):
    shell.write("in/a.yaml", f"# first\n{BROKEN}")
    shell.write("in/b.json", '{"kind": "ReleasePolicy", "name": "x",\n "steps": []}')

    ran = shell.vamp("apply", "-f", str(shell.home / "in"))

    assert ran.exit == 1
    assert (
        f"{shell.home}/in/a.yaml:4:1: hostss: unknown key `hostss`; did you mean `hosts`?"
        in ran.err
    )
    assert f"{shell.home}/in/a.yaml:5:10: retries:" in ran.err
    assert f"{shell.home}/in/b.json:2:11: steps:" in ran.err
    assert not Gateway.objects.in_environment(environment).exists()


def test_apply__dry_run__changes_nothing(shell, environment):
    ran = shell.vamp("apply", "--dry-run", "-f", "-", stdin=BOTH)

    assert ran.out.count("would be created") == 2
    assert not ReleasePolicy.objects.in_environment(environment).exists()


def test_apply__policy_of_an_earlier_product__is_converted_with_notes_at_its_lines(shell):
    path = shell.write("hotfix.json", OLD_POLICY)

    ran = shell.vamp("apply", "-f", path)

    assert ran.out == "ReleasePolicy acme/production/hotfix created (revision 1)\n"
    assert f"note: {path}:1:21: maxStartRetries: `maxStartRetries` is left out" in ran.err
    assert f"note: {path}:2:3: steps[0]:" in ran.err
    assert "unchanged" in shell.vamp("apply", "-f", path).out


def test_apply__organisation_with_all_in_it__comes_into_being_at_once(root):
    text = (
        f"{GATEWAY.replace('name: shop', 'name: shop' + chr(10) + 'environment: globex/prod')}---\n"
        f"{POLICY.replace('name: canary', 'name: canary' + chr(10) + 'environment: globex/prod')}"
        "---\nkind: Environment\nname: prod\norganisation: globex\nstage: production\n"
        "---\nkind: Organisation\nname: globex\ntitle: Globex\n"
    )
    path = root.write("globex.yaml", text)

    dry = root.forklift("apply", "-f", path, "--dry-run")
    ran = root.forklift("apply", "-f", path)

    assert dry.exit == ran.exit == 0, ran.err
    assert "not checked: its environment is not there yet" in dry.err
    assert [line.split(" created")[0] for line in ran.out.splitlines()] == [
        "Organisation globex", "Environment globex/prod", "ReleasePolicy globex/prod/canary",
        "Gateway globex/prod/shop",
    ]  # fmt: skip
    assert root.forklift("apply", "-f", path).out.count("unchanged") == 4


def test_apply__fault_in_one_environment__leaves_the_organisation_unmade(root):
    text = f"kind: Organisation\nname: globex\n---\n{BROKEN}"

    ran = root.forklift("apply", "-f", root.write("x.yaml", text))

    assert ran.exit == 1
    assert "globex" not in root.forklift("list", "organisations").out


def test_apply__pruning__deletes_what_no_document_names(shell, environment):
    shell.vamp("apply", "-f", "-", stdin=BOTH.replace("name: shop", "name: old"))

    asked = shell.vamp("apply", "--prune", "yes", "-f", "-", stdin=POLICY)
    done = shell.vamp("apply", "--prune", "yes", "--yes", "-f", "-", stdin=POLICY)

    assert asked.exit == 2
    assert "gateway old deleted" in done.out
    assert not Gateway.objects.in_environment(environment).present().exists()


@pytest.mark.parametrize("text", ["kind: Gateway\nname: shop\nenvironment: none\n"])
def test_apply__environment_that_is_not_there__is_not_found(shell, text):
    assert shell.vamp("apply", "-f", "-", stdin=text).exit == 3
