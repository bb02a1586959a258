"""The sidebar: what it offers to whom."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from policies.pages.sidebar import navigation
from tenants.pages.page import address
from tests.factories import ReleaseFactory


def asked_by(user):
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    return request


def items(user):
    return {item["title"]: item for group in navigation(asked_by(user)) for item in group["items"]}


def test_navigation__nobody__is_offered_nothing():
    assert navigation(asked_by(AnonymousUser())) == []


def test_navigation__member__leads_to_the_releases_of_the_environment(environment, person):
    found = items(person)

    assert list(found)[:2] == ["Overview", "Releases"]
    assert found["Releases"]["link"] == address("releases", environment)
    assert "badge" not in found["Releases"]


def test_navigation__releases_under_way__are_counted_without_those_that_ended(environment, person):
    release = ReleaseFactory.create(environment=environment)
    ReleaseFactory.create(
        environment=environment,
        gateway=release.gateway,
        policy_version=release.policy_version,
        number=2,
        active=None,
    )

    assert items(person)["Releases"]["badge"] == "1"


def test_navigation__of_the_installation__is_for_platform_administrators(
    environment, person, platform_administrator
):
    assert not {"Leases", "Stream cursors"} & items(person).keys()
    assert {"Leases", "Stream cursors"} <= items(platform_administrator).keys()


def test_navigation__no_environment__offers_no_releases(platform_administrator):
    assert "Releases" not in items(platform_administrator)


def test_navigation__every_link__opens(environment, platform_administrator, client):
    client.force_login(platform_administrator)

    for title, item in items(platform_administrator).items():
        assert client.get(item["link"]).status_code == 200, title
