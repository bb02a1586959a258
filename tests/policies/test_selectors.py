"""Reading policies and releases: only the environment's own, in few queries."""

from __future__ import annotations

import pytest

from policies.models import PolicyVersion
from policies.selectors import (
    document_of,
    plan_of,
    policies_in,
    policy_in,
    release_in,
    releases_in,
)
from tests.factories import POLICY, PolicyFactory, PolicyVersionFactory, ReleaseFactory
from vamp.errors import NotFound


@pytest.fixture
def both(environment, other_environment):
    """A release of the same name in two tenants' environments."""
    for each in (environment, other_environment):
        ReleaseFactory.create(environment=each)
    return environment, other_environment


def test_policies__two_tenants__are_ones_own(both):
    for environment in both:
        assert [policy.environment_id for policy in policies_in(environment)] == [environment.pk]


def test_policies__any_number__take_two_queries(environment, django_assert_num_queries):
    for name in ("a", "b", "c"):
        policy = PolicyFactory.create(environment=environment, name=name)
        for number in (1, 2):
            PolicyVersionFactory.create(environment=environment, policy=policy, number=number)

    with django_assert_num_queries(2, using=environment.database):
        found = {
            policy.name: [each.number for each in policy.versions.all()]
            for policy in policies_in(environment)
        }

    assert found == {"a": [2, 1], "b": [2, 1], "c": [2, 1]}


def test_policy__by_name__knows_its_environment(both, django_assert_num_queries):
    environment, _ = both

    policy = policy_in(environment, "canary")

    with django_assert_num_queries(0):
        assert policy.environment.path == "acme/production"
    with pytest.raises(NotFound, match="no release policy nobody in acme/production"):
        policy_in(environment, "nobody")


def test_releases__two_tenants__are_ones_own_with_gateway_and_policy(
    both, django_assert_num_queries
):
    environment, _ = both

    with django_assert_num_queries(1, using=environment.database):
        found = [
            (each.environment_id, each.gateway.name, each.policy_version.policy.name)
            for each in releases_in(environment)
        ]

    assert found == [(environment.pk, "shop", "canary")]


def test_release__by_gateway_and_number__knows_its_environment(both):
    environment, _ = both

    assert release_in(environment, "shop", 1).environment is environment


@pytest.mark.parametrize(("gateway", "number"), [("shop", 2), ("other", 1)])
def test_release__not_there__is_said_which(both, gateway, number):
    environment, _ = both

    with pytest.raises(NotFound, match=f"no release {number} of gateway {gateway}"):
        release_in(environment, gateway, number)


def test_version__read_twice__is_read_once_and_by_its_content():
    version = PolicyVersion(document=POLICY)
    same = PolicyVersion(document=dict(reversed(POLICY.items())))
    other = PolicyVersion(document={**POLICY, "name": "slow"})

    assert plan_of(version) is plan_of(same)
    assert [step.target_weight for step in plan_of(version).steps] == [1_000, 5_000, 10_000]
    assert (document_of(version).name, document_of(other).name) == ("canary", "slow")
