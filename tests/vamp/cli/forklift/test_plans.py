from __future__ import annotations

import pytest

from vamp.cli.documents import read_text
from vamp.cli.failure import Failure
from vamp.cli.forklift.plans import Group, Plan, due, plan_of, plan_through, status_of, told

PLAN = Plan("shop", "2.0.0", (Group("first", ("dev", "test")), Group("last", ("prod",))))


def shown(**statuses):
    return told(
        PLAN, {"dev": "not started", "test": "not started", "prod": "not started", **statuses}
    )


@pytest.mark.parametrize(
    ("statuses", "whole", "starts"),
    [
        ({}, "not started", ["dev", "test"]),
        ({"dev": "started"}, "started", ["test"]),
        ({"dev": "finished", "test": "started"}, "started", []),
        ({"dev": "finished", "test": "finished"}, "started", ["prod"]),
        ({"dev": "finished", "test": "failed"}, "failed", []),
        ({"dev": "aborted"}, "aborted", []),
        ({"dev": "finished", "test": "finished", "prod": "finished"}, "finished", []),
    ],
)
def test_plan__by_its_environments__goes_on_group_by_group(statuses, whole, starts):
    found = shown(**statuses)

    assert found["status"] == whole
    assert list(due(found)) == starts


def test_group__behind_one_that_is_not_through__is_pending():
    groups = shown(dev="started")["releaseGroups"]

    assert [(group["status"], group["canStart"]) for group in groups] == [
        ("started", True), ("pending", False),
    ]  # fmt: skip


def test_environment__skipped_in_the_file__is_passed_over():
    text = """
service: {name: shop, version: 2.0.0}
releaseGroups:
- {group: 1, name: a, environments: [{id: 1, name: dev, status: skipped}]}
- {group: 2, name: b, environments: [{id: 2, name: prod, status: not started}]}
"""
    plan = plan_of(read_text(text, "p.yaml")[0], "", "")

    assert (plan.service, plan.version) == ("shop", "2.0.0")
    assert list(due(told(plan, {"dev": "not started", "prod": "not started"}))) == ["prod"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("service: {name: shop}\n", 1),
        ("service: {name: s}\nreleaseGroups:\n- name: a\n", 3),
        ("releaseGroups: [{environments: [{name: a}]}]\n", 1),
    ],
)
def test_document__that_is_no_plan__is_refused_at_its_line(text, line):
    with pytest.raises(Failure) as caught:
        plan_of(read_text(text, "p.yaml")[0], "", "1")

    assert caught.value.faults[0].line == line


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([], "not started"), (["running"], "started"), (["succeeded"], "finished"),
        (["succeeded", "rolled_back"], "failed"), (["succeeded", "paused"], "started"),
        (["aborted"], "aborted"),
    ],
)  # fmt: skip
def test_status__of_several_gateways__is_the_worst(statuses, status):
    assert status_of([{"status": each} for each in statuses]) == status


def test_plan__through_environments__has_a_group_each():
    assert [group.environments for group in plan_through("s", "1", ["a", "b"]).groups] == [
        ("a",), ("b",),
    ]  # fmt: skip
