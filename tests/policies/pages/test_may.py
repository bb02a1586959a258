"""Screens as a viewer, a developer and somebody with one gateway see them: no dead button, no count of others'."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.pages.page import address
from tests.browser.rows import busy_environment
from tests.factories import (
    RouteFactory,
    ServiceFactory,
    VersionFactory,
    gateway_with,
    given,
    user_of,
)


@pytest.fixture
def busy(environment):
    gateway = busy_environment(environment, timezone.now())
    gateway_with(environment, {"1.0.0": 10_000}, name="neighbour", id=900)
    return gateway


def seen(client, environment, name, *rest):
    answer = client.get(address(name, environment, *rest))
    assert answer.status_code == 200, name
    return answer.content.decode()


@pytest.fixture
def gil(environment):
    """May run gateway shop, up to 25 %, and nothing else."""
    user = user_of(environment.organisation, "gil", role="")
    given(
        environment.organisation, role="operator", user=user.login,
        environment="production", object="gateway/shop", max_weight=2500,
    )  # fmt: skip
    return user


@pytest.fixture
def ned(environment):
    """May look at gateway neighbour, and at nothing else."""
    user = user_of(environment.organisation, "ned", role="")
    given(
        environment.organisation, role="viewer", user=user.login,
        environment="production", object="gateway/neighbour",
    )  # fmt: skip
    return user


ACTIONS = {
    "gateway": [
        ("gateway-document", "shop"), ("gateway-release", "shop"), ("gateway-remove", "shop"),
        ("gateway-weights", "shop"),
    ],
    "release": [
        ("release-action", "shop", 2, "pause"), ("release-action", "shop", 2, "promote"),
        ("release-action", "shop", 2, "skip"), ("release-action", "shop", 2, "abort"),
    ],
}  # fmt: skip
OFFERED = {
    "viewer": set(),
    "developer": {"gateway-document", "gateway-release", "pause", "abort"},
    "operator": {
        *("gateway-document", "gateway-release", "gateway-remove", "gateway-weights"),
        *("pause", "promote", "skip", "abort"),
    },
}


@pytest.mark.parametrize("role", [*OFFERED])
def test_pages__by_role__offer_what_may_be_done(environment, busy, client, role):
    client.force_login(user_of(environment.organisation, "vic", role=role))
    pages = {
        "gateway": seen(client, environment, "gateway", "shop"),
        "release": seen(client, environment, "release", "shop", 2),
    }

    offered = {
        (rest[-1] if name == "release-action" else name)
        for page, actions in ACTIONS.items()
        for name, *rest in actions
        if f'"{address(name, environment, *rest)}"' in pages[page]
    }

    assert offered == OFFERED[role]


@pytest.mark.parametrize("role", [*OFFERED])
def test_pages__by_role__every_link_that_is_offered_opens(environment, busy, client, role):
    client.force_login(user_of(environment.organisation, "vic", role=role))

    for name, rest in (("gateway", ("shop",)), ("release", ("shop", 2)), ("policy", ("canary",))):
        text = seen(client, environment, name, *rest).partition('<div class="v-page"')[2]
        for link in {part.split('"')[0] for part in text.split('href="/')[1:]}:
            answer = client.get("/" + link.replace("&amp;", "&"))
            assert answer.status_code in (200, 302), (name, link)


def test_documents__viewer__reads_and_does_not_save(environment, busy, client):
    client.force_login(user_of(environment.organisation, "vic", role="viewer"))

    for name, thing in (("gateway-document", "shop"), ("policy", "canary")):
        page = seen(client, environment, name, thing)
        assert 'name="save"' not in page
        assert "readonly" in page
        assert "/remove/" not in page


def test_weights__viewer__are_explained_instead_of_offered(environment, busy, client):
    client.force_login(user_of(environment.organisation, "vic", role="viewer"))

    page = seen(client, environment, "gateway", "shop")

    assert "not move its traffic" in page
    assert 'name="weight:' not in page


def test_overview__one_gateway__counts_that_alone(environment, busy, ned, client):
    client.force_login(ned)

    answer = client.get(reverse("admin:index"))

    page, tiles = answer.content.decode(), {t.label: t for t in answer.context["tiles"]}
    assert tiles["Applied"].value == "0 of 1"
    assert tiles["Releases under way"].value == "0"
    assert not {"Instances", "Scheduler"} & tiles.keys()
    assert "gateway neighbour and no service" in page
    assert "release 2" not in page.lower()
    assert "data-live-stream" not in page


def test_gateway__limit_of_a_binding__is_told_beside_the_sliders(environment, busy, gil, client):
    client.force_login(gil)

    page = seen(client, environment, "gateway", "shop")

    assert "up to 25%" in page
    assert "Who did what" not in page
    assert client.get(address("gateway", environment, "neighbour")).status_code == 404


def test_search_and_board__one_gateway__find_that_alone(environment, busy, ned, client):
    client.force_login(ned)

    found = client.get(reverse("search"), {"s": "neigh"}).content.decode()
    none = client.get(reverse("search"), {"s": "shop"}).content.decode()

    assert address("gateway", environment, "neighbour") in found
    assert address("gateway", environment, "shop") not in none
    assert address("service", environment, "shop") not in none
    assert "release 2" not in seen(client, environment, "releases")


def test_service__one_service__names_no_gateway_that_one_may_not_see(environment, busy, client):
    user = user_of(environment.organisation, "sam", role="")
    given(
        environment.organisation, role="viewer", user=user.login,
        environment="production", object="service/pay",
    )  # fmt: skip
    pay = ServiceFactory.create(environment=environment, name="pay", id=900)
    VersionFactory.create(environment=environment, service=pay, id=900)
    RouteFactory.create(environment=environment, gateway=busy, service="pay", position=9, id=990)
    client.force_login(user)

    page = seen(client, environment, "service", "pay")

    assert address("gateway", environment, "shop") not in page
    assert "No gateway has a route" in page


def test_sidebar__one_gateway__offers_only_what_opens(environment, busy, gil, client):
    client.force_login(gil)
    page = client.get(reverse("access"))

    links = [
        item["link"] for group in page.context["sidebar_navigation"] for item in group["items"]
    ]

    assert reverse("admin:tenants_role_changelist") not in links
    assert reverse("access") in links
    for link in links:
        assert client.get(link).status_code == 200, link


def test_index__nobody_gave_them_anything__says_so_and_offers_no_command(environment, client):
    client.force_login(user_of(environment.organisation, "new", role=""))

    page = client.get(reverse("admin:index")).content.decode()

    assert "There is none in which you may do anything" in page
    assert reverse("admin:tenants_environment_add") not in page
