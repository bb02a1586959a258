"""Releases as rows."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from policies.models import Release
from tests.factories import ReleaseFactory


@pytest.fixture
def release(environment):
    return ReleaseFactory.create(environment=environment)


def another(release, **fields):
    with transaction.atomic(using=release.environment.database):
        return ReleaseFactory.create(
            environment=release.environment,
            gateway=release.gateway,
            policy_version=release.policy_version,
            **{"number": 2, **fields},
        )


def test_active__one_ended_and_one_under_way__is_the_latter(release):
    another(release, active=None)

    assert list(Release.objects.in_environment(release.environment).active()) == [release]


def test_gateway__with_an_active_release__takes_no_second_one(release):
    with pytest.raises(IntegrityError):
        another(release)


def test_gateway__with_ended_releases__takes_any_number(release):
    another(release, active=None)
    another(release, number=3, active=None)

    assert release.gateway.releases.count() == 3


def test_number__used_before__is_refused(release):
    with pytest.raises(IntegrityError):
        another(release, number=1, active=None)


@pytest.mark.parametrize(
    ("versions", "shown"),
    [
        (("1.0.0", "1.1.0"), "shop #1: 1.0.0 → 1.1.0"),
        (("", "1.1.0"), "shop #1: shop-1.0.0 → 1.1.0"),
        (("1.0.0", ""), "shop #1: 1.0.0 → shop-1.1.0"),
    ],
)
def test_release__as_text__names_versions_or_else_routes(release, versions, shown):
    release.source_version, release.target_version = versions

    assert str(release) == shown
