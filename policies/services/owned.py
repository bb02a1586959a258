"""What policies own in an environment: what is cloned, and what counts for a quota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import F

from policies.models import PolicyVersion, Release, ReleasePolicy
from tenants.models import Environment
from tenants.owned_parts import OwnedPart
from tenants.services.quotas import Quota

BATCH = 500


def copy_policies(source: Environment, target: Environment, actor: str) -> Mapping[str, int]:
    """Copy every policy as it is now; it begins at version 1, for no release was made by it.

    Called in a transaction of the target's database. Cost: two reads, and an insert for every 500.
    """
    held = list(ReleasePolicy.objects.in_environment(source))
    newest = PolicyVersion.objects.in_environment(source).filter(number=F("policy__version"))
    documents = dict(newest.values_list("policy_id", "document"))
    ReleasePolicy.objects.using(target.database).bulk_create(
        [
            ReleasePolicy(environment=target, name=policy.name, title=policy.title)
            for policy in held
            if policy.pk in documents
        ],
        batch_size=BATCH,
    )
    made = {policy.name: policy for policy in ReleasePolicy.objects.in_environment(target)}
    PolicyVersion.objects.using(target.database).bulk_create(
        [
            PolicyVersion(
                environment=target, policy=made[policy.name], number=1,
                document=documents[policy.pk], created_by=actor,
            )
            for policy in held
            if policy.pk in documents
        ],
        batch_size=BATCH,
    )  # fmt: skip
    return {"policies": len(made)}


def releases_under_way(database: str, environments: Sequence[int]) -> int:
    """Count the releases that have not ended, of environments in one database."""
    rows = Release.objects.using(database).filter(environment_id__in=environments)
    return rows.active().count()


PART = OwnedPart(
    name="policies",
    copy=copy_policies,
    counts={Quota.RELEASES: releases_under_way},
    leases=("policies.tick/{}",),
)
