"""``create``, ``update`` and ``add`` on the real API."""

from __future__ import annotations

import json

from tests.vamp.cli.things import GATEWAY, OLD_POLICY, POLICY


def test_organisation__created_and_updated__by_flags_and_file(root):
    made = root.forklift("create", "organization", "globex", "--title", "Globex")
    again = root.forklift("create", "organization", "globex")
    path = root.write("globex.yaml", "title: Globex Corp\n")
    changed = root.forklift("update", "organisation", "globex", "--file", path)
    same = root.forklift("update", "organisation", "globex", "--file", path)

    assert made.out == "Organisation globex created\n"
    assert again.exit == 5
    assert "forklift update organisation" in again.err
    assert (changed.out, same.out) == (
        "Organisation globex changed\n", "Organisation globex unchanged\n",
    )  # fmt: skip
    assert "title: Globex Corp" in root.forklift("show", "organisation", "globex").out


def test_update__what_is_not_there__is_not_found(root):
    assert root.forklift("update", "organisation", "globex", "--title", "x").exit == 3
    assert root.forklift("update", "policy", "x", "-f", root.write("p.yaml", POLICY)).exit == 2
    assert root.forklift("update", "policy", "-f", root.write("p.yaml", POLICY)).exit == 3


def test_create__dry_run__makes_nothing(root):
    ran = root.forklift("create", "organisation", "globex", "--dry-run")

    assert "would be created" in ran.out
    assert root.forklift("show", "organisation", "globex").exit == 3


def test_create__somebody_who_may_not__is_refused(shell):
    ran = shell.forklift("create", "organisation", "globex")

    assert ran.exit == 4
    assert ran.out == ""


def test_create__wrong_value__is_told_with_the_field(root):
    ran = root.forklift("create", "organisation", "Not_A_Label")

    assert ran.exit == 1
    assert "name:" in ran.err


def test_file__of_another_kind_or_name__is_refused_at_its_line(root):
    gateway = root.write("g.yaml", GATEWAY)
    named = root.write("n.yaml", "# here\nname: initech\n")

    other = root.forklift("create", "organisation", "x", "-f", gateway)
    unlike = root.forklift("create", "organisation", "x", "-f", named)

    assert other.exit == unlike.exit == 2
    assert f"{gateway}:1:7: kind: this is a Gateway" in other.err
    assert f"{named}:2:7: name: the file says initech, the command x" in unlike.err


def test_environment__with_artifacts__is_filled_at_once(root):
    folder = root.home / "artifacts"
    root.write("artifacts/shop.yaml", f"{GATEWAY}---\n{POLICY}")

    ran = root.forklift(
        "create", "environment", "dev", "--stage", "test", "--artifacts", str(folder)
    )

    assert ran.out.splitlines() == [
        "Environment acme/dev created",
        "ReleasePolicy acme/dev/canary created (revision 1)",
        "Gateway acme/dev/shop created (revision 1)",
    ], ran.err


def test_policy__in_an_earlier_format__is_converted_with_notes(shell):
    path = shell.write("hotfix.json", OLD_POLICY)

    ran = shell.forklift("add", "releasepolicy", "mend", "--file", path, "-i", "json")

    assert ran.out == "ReleasePolicy acme/production/mend created (revision 1)\n"
    assert "maxStartRetries" in ran.err
    assert json.loads(shell.forklift("show", "policy", "mend").out)["kind"] == "ReleasePolicy"


def test_policy__of_standard_input__takes_the_documents_name(shell):
    assert "canary created" in shell.forklift("create", "policy", "-f", "-", stdin=POLICY).out


def test_policy__in_an_earlier_format_with_a_fault__names_field_and_line(shell):
    path = shell.write("bad.json", OLD_POLICY.replace('"5m"', '"soon"'))

    ran = shell.forklift("add", "policy", "-f", path)

    assert ran.exit == 1
    assert f"{path}:2:" in ran.err
    assert "steps[0].duration" in ran.err
