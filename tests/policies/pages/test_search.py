"""Search jumps to anything of the environment by its name, and to nobody else's."""

from __future__ import annotations

import pytest
from django.urls import reverse

from policies.pages.search import SHOWN
from tenants.pages.page import address
from tenants.pages.switcher import address_of
from tests.factories import (
    GatewayFactory,
    PolicyFactory,
    ReleaseFactory,
    ServiceFactory,
    environment_in,
)


@pytest.fixture
def found(environment, person, client):
    client.force_login(person)

    def get(words):
        answer = client.get(reverse("search"), {"s": words})
        assert answer.status_code == 200
        return {(each.title, each.description): each.link for each in answer.context["results"]}

    return get


def test_search__part_of_a_name__finds_every_kind(environment, found):
    ReleaseFactory.create(environment=environment)
    ServiceFactory.create(environment=environment, name="shop-api")
    PolicyFactory.create(environment=environment, name="for-shops")

    assert found("SHOP") == {
        ("shop", "gateway"): address("gateway", environment, "shop"),
        ("shop-api", "service"): address("service", environment, "shop-api"),
        ("for-shops", "release policy"): address("policy", environment, "for-shops"),
        ("shop #1: 1.0.0 → 1.1.0", "release"): address("release", environment, "shop", 1),
    }


def test_search__name_of_an_environment__leads_there(environment, found):
    environment_in(environment.database, organisation="globex")

    assert found("prod") == {("acme/production", "environment"): address_of(environment)}


def test_search__another_environments_or_a_removed_gateway__is_not_found(environment, found):
    staging = environment_in(environment.database, name="staging")
    GatewayFactory.create(environment=staging, name="shop")
    GatewayFactory.create(environment=environment, name="old-shop", is_removed=True)

    assert found("shop") == {}


def test_search__many__shows_the_first_of_each_kind(environment, found):
    for number in range(SHOWN + 2):
        GatewayFactory.create(environment=environment, name=f"shop-{number}")
        ServiceFactory.create(environment=environment, name=f"shop-{number}")

    kinds = [kind for _, kind in found("shop")]
    assert (kinds.count("gateway"), kinds.count("service")) == (SHOWN, SHOWN)


@pytest.mark.parametrize("words", ["%", "' OR 1=1 --", "shop_"])
def test_search__signs_of_sql__mean_themselves(environment, found, words):
    GatewayFactory.create(environment=environment, name="shop-1")

    assert found(words) == {}


def test_search__without_words__is_empty(environment, person, client):
    client.force_login(person)

    assert client.get(reverse("search"), {"s": "  "}).content == b""


def test_search__nobody__is_led_to_the_login(environment, client):
    answer = client.get(reverse("search"), {"s": "shop"})

    assert answer.status_code == 302
    assert reverse("admin:login") in answer["Location"]
