"""Reading policies and releases of an environment."""

from __future__ import annotations

import json
from functools import lru_cache

from policies.documents.model import PolicyDocument
from policies.documents.read import ReadPolicy, policy_from_value
from policies.domain.policy import Policy
from policies.models import PolicyVersion, Release, ReleasePolicy
from policies.models.release import ReleaseQuerySet
from tenants.authorisation import Principal
from tenants.models import Environment
from tenants.models.owned import OwnedQuerySet
from tenants.narrowing import narrowed
from vamp.errors import NotFound


def policies_in(environment: Environment) -> OwnedQuerySet[ReleasePolicy]:
    """Return the environment's policies with their versions, newest first. Two queries when read."""
    return ReleasePolicy.objects.in_environment(environment).prefetch_related("versions")


def policy_in(environment: Environment, name: str) -> ReleasePolicy:
    """Return one policy.

    Raises:
        NotFound: there is none of that name.
    """
    policy = policies_in(environment).filter(name=name).first()
    if policy is None:
        raise NotFound(f"There is no release policy {name} in {environment}.")
    policy.environment = environment
    return policy


def releases_in(environment: Environment) -> ReleaseQuerySet:
    """Return the environment's releases with gateway and policy, newest first."""
    return Release.objects.in_environment(environment).select_related(
        "gateway", "policy_version__policy"
    )


def visible_releases(user: Principal, environment: Environment) -> ReleaseQuerySet:
    """Return those of `releases_in` that `user` may see. One query when read."""
    return narrowed(
        releases_in(environment),
        user,
        "release.view",
        environment,
        name="gateway__name",
        labels="gateway__metadata",
    )


def visible_policies(user: Principal, environment: Environment) -> OwnedQuerySet[ReleasePolicy]:
    """Return those of `policies_in` that `user` may see. Two queries when read."""
    return narrowed(policies_in(environment), user, "policy.view", environment)


def release_in(environment: Environment, gateway: str, number: int) -> Release:
    """Return one release.

    Raises:
        NotFound: there is none of that number on that gateway.
    """
    release = releases_in(environment).filter(gateway__name=gateway, number=number).first()
    if release is None:
        raise NotFound(f"There is no release {number} of gateway {gateway} in {environment}.")
    release.environment = environment
    return release


def document_of(version: PolicyVersion) -> PolicyDocument:
    """Return the document that a version keeps. Cost: nothing after the first time."""
    return _read(version).document


def plan_of(version: PolicyVersion) -> Policy:
    """Return the plan that the Release Agent follows. Cost: nothing after the first time."""
    return _read(version).plan


def _read(version: PolicyVersion) -> ReadPolicy:
    # By content, not by id: a test's or a restored database may use an id again.
    return _read_text(json.dumps(version.document, sort_keys=True))


@lru_cache(maxsize=1024)
def _read_text(text: str) -> ReadPolicy:
    return policy_from_value(json.loads(text))
