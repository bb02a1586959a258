"""Who asks on a screen: a person, a platform administrator, nobody."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from tenants.pages import access as access_of_tenants
from vamp.adminsite.asking import access, environment_of, is_platform_administrator


@pytest.fixture
def request_of(rf):
    def made(user):
        request = rf.get("/")
        request.user = user
        request.session = {}
        return request

    return made


def test_is_platform_administrator__each_kind_of_user__is_told_apart(
    request_of, person, platform_administrator
):
    asked = [
        is_platform_administrator(request_of(user))
        for user in (AnonymousUser(), person, platform_administrator)
    ]

    assert asked == [False, False, True]


def test_environment_of__person_with_one__is_that(request_of, environment, person):
    assert environment_of(request_of(person)) == environment


def test_environment_of__installation_without_any__is_none(request_of, platform_administrator):
    assert environment_of(request_of(platform_administrator)) is None


def test_access__settings_name_it__is_that_of_the_tenants():
    assert access() is access_of_tenants
