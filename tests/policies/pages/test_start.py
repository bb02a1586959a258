from __future__ import annotations

import pytest
from django.utils import timezone

from policies.models import Release
from tenants.pages.page import address
from tests.browser.rows import busy_environment
from tests.factories import PolicyVersionFactory, gateway_with


@pytest.fixture
def page(environment, person, client):
    PolicyVersionFactory.create(environment=environment)
    gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, policy="canary")
    client.force_login(person)
    return address("gateway-release", environment, "shop")


def test_start__chosen__shows_the_first_split_and_begins_nothing(environment, page, client):
    shown = client.get(page, {"target": "shop-1.1.0"}).context

    assert [route.name for route in shown["targets"]] == ["shop-1.1.0"]
    assert [segment.weight for segment in shown["after"]] == [9_000, 1_000]
    assert [weight for _, weight, _ in shown["plan"]] == [1_000, 5_000, 10_000]
    assert not Release.objects.in_environment(environment).exists()


def test_start__confirmed__begins_and_leads_to_the_release(environment, page, client):
    answer = client.post(page, {"target": "shop-1.1.0", "policy": "canary"})

    assert answer.headers["Location"] == address("release", environment, "shop", 1)
    release = Release.objects.in_environment(environment).get()
    assert (release.started_by, release.target_version) == ("acme/ana", "1.1.0")


def test_start__release_under_way__is_refused(environment, person, client):
    busy_environment(environment, timezone.now())
    client.force_login(person)
    page = address("gateway-release", environment, "shop")

    answer = client.post(page, {"target": "shop-1.0.0", "policy": "canary"}, follow=True)

    assert "under way" in answer.content.decode()
    assert Release.objects.in_environment(environment).count() == 2


def test_start__one_route__says_what_is_missing(environment, person, client):
    gateway_with(environment, {"1.0.0": 10_000})
    client.force_login(person)

    page = client.get(address("gateway-release", environment, "shop")).content.decode()

    assert "needs a second route" in page
