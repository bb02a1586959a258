"""Every page of an environment: it opens, it is nobody else's, and it costs a bounded number of queries."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from policies.pages import urls
from tenants.pages.page import address
from tests.browser.rows import busy_environment

MOST_QUERIES = 26

OF_NO_ENVIRONMENT = {
    "search", "access", "token-rotate",
    "lifter", "installation-connections", "installation-passwords", "organisation-connections",
}  # fmt: skip

NAMES = {
    "environment": (),
    "releases": (),
    "gateway-new": (),
    "policy-new": (),
    "agents": (),
    "gateway": ("shop",),
    "gateway-weights": ("shop",),
    "gateway-document": ("shop",),
    "gateway-remove": ("shop",),
    "gateway-release": ("shop",),
    "release": ("shop", 2),
    "release-action": ("shop", 2, "abort"),
    "service": ("shop",),
    "policy": ("canary",),
    "policy-remove": ("canary",),
}


def test_pages__every_one__has_an_entry_here():
    found = {pattern.name for pattern in urls.urlpatterns if getattr(pattern, "name", None)}

    # Trail and events are an organisation's, and have tests of their own in tests.tenants.pages.
    others = OF_NO_ENVIRONMENT | {"search", "events", *(name for name in found if "audit" in name)}
    assert found - others | {"environment"} == set(NAMES)


def test_pages__ones_own__open_in_few_queries(
    environment, person, client, django_assert_max_num_queries
):
    busy_environment(environment, timezone.now())
    client.force_login(person)

    for name, rest in NAMES.items():
        with django_assert_max_num_queries(MOST_QUERIES, using=environment.database):
            answer = client.get(address(name, environment, *rest))

        assert answer.status_code in (200, 302), name
        own = own_part(answer.content.decode())
        assert " style=" not in own, name
        assert "<script>" not in own, name


def own_part(text):
    _, _, rest = text.partition('<div class="v-page"')
    return (
        rest.partition('id="modal"')[0].partition("unfold/js/simplebar")[0].partition("x-data")[0]
    )


def test_pages__another_tenants__are_not_there(other_environment, person, client):
    busy_environment(other_environment, timezone.now())
    client.force_login(person)

    for name, rest in NAMES.items():
        for method in (client.get, client.post):
            assert method(address(name, other_environment, *rest)).status_code == 404, name


def test_search__words__finds_every_kind_by_name(environment, person, client):
    busy_environment(environment, timezone.now())
    client.force_login(person)

    page = client.get(reverse("search"), {"s": "sho"}).content.decode()

    assert address("gateway", environment, "shop") in page
    assert address("service", environment, "shop") in page
    assert address("release", environment, "shop", 2) in page
    assert not client.get(reverse("search"), {"s": " "}).content
