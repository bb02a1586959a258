from __future__ import annotations

from pathlib import Path

import yaml

from vamp.drivers.scheduler.kubernetes.rights import NEEDED, manifest, missing, objects

RBAC = Path(__file__).parents[5] / "deploy" / "kubernetes" / "rbac.yaml"


def rules(needed=NEEDED):
    return [
        {"apiGroups": [each.group], "resources": [*each.resources], "verbs": [*each.verbs]}
        for each in needed
    ]


def without_namespace(document):
    found = {**document, "metadata": {"name": document["metadata"]["name"]}}
    if "subjects" in found:
        found["subjects"] = [
            {key: value for key, value in subject.items() if key != "namespace"}
            for subject in found["subjects"]
        ]
    return found


def test_objects__of_a_namespace__are_those_that_operators_apply_by_hand():
    by_hand = list(yaml.safe_load_all(RBAC.read_text()))

    assert [without_namespace(each) for each in objects("shop")] == by_hand


def test_manifest__of_a_namespace__is_whole_and_begins_with_it():
    read = list(yaml.safe_load_all(manifest("shop")))

    assert [each["kind"] for each in read] == [
        "Namespace", "ServiceAccount", "Role", "RoleBinding",
    ]  # fmt: skip
    assert {each["metadata"].get("namespace", "shop") for each in read} == {"shop"}


def test_missing__exactly_what_is_needed__is_nothing():
    assert missing(rules()) == []
    assert missing([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]) == []


def test_missing__no_rights__names_each_as_a_role_does():
    names = [name for name, _ in missing([])]

    assert "list pods" in names
    assert "patch deployments/scale.apps" in names
    assert len(names) == 3 + 6 + 3 + 2 + 1


def test_missing__rule_for_some_objects_alone__does_not_count():
    held = [{**rule, "resourceNames": ["one"]} for rule in rules()]

    assert len(missing(held)) == len(missing([]))


def test_missing__every_subresource_by_a_star__counts():
    held = [{"apiGroups": ["apps"], "resources": ["*/scale"], "verbs": ["patch"]}]

    assert "patch replicasets/scale.apps" not in [name for name, _ in missing(held)]
