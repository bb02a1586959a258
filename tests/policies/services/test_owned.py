from __future__ import annotations

from django.db import transaction

from policies.models import PolicyVersion
from policies.services.owned import copy_policies, releases_under_way
from tests.factories import (
    PolicyFactory,
    PolicyVersionFactory,
    ReleaseFactory,
    environment_in,
)


def test_copy_policies__several_versions__the_newest_becomes_the_first(environment):
    policy = PolicyFactory.create(environment=environment, name="canary", version=2)
    for number in (1, 2):
        document = {"kind": "ReleasePolicy", "name": "canary", "title": str(number)}
        PolicyVersionFactory.create(
            environment=environment, policy=policy, number=number, document=document
        )
    target = environment_in(environment.database, name="staging")

    with transaction.atomic(using=environment.database):
        assert copy_policies(environment, target, "root") == {"policies": 1}

    found = PolicyVersion.objects.in_environment(target).get()
    assert (found.number, found.document["title"]) == (1, "2")
    assert found.policy.environment_id == target.pk


def test_releases_under_way__one_has_ended__counts_the_other(environment):
    release = ReleaseFactory.create(environment=environment)
    database = environment.database
    assert releases_under_way(database, [environment.pk]) == 1

    release.active = None
    release.save()

    assert releases_under_way(database, [environment.pk]) == 0
