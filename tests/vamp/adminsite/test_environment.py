"""Rows of the chosen environment: which those are, and where their own pages are."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.http import Http404
from django.urls import reverse

from gateways.models import Gateway
from tests.browser.rows import busy_environment
from tests.factories import environment_in


@pytest.fixture
def gateways(environment, now):
    busy_environment(environment, now)
    return Gateway.objects.in_environment(environment)


def test_list__two_environments_of_ones_own__shows_the_chosen_one(
    environment, gateways, person, client, now
):
    other = environment_in(environment.database, name="staging")
    busy_environment(other, now)
    client.force_login(person)

    shown = client.get(reverse("admin:gateways_gateway_changelist")).context_data["cl"]

    assert {row.environment_id for row in shown.result_list} == {environment.pk}


def test_row__opened__leads_to_its_page(environment, gateways, person, client):
    gateway = gateways.first()
    client.force_login(person)

    answer = client.get(reverse("admin:gateways_gateway_change", args=[gateway.pk]))

    assert answer.status_code == 302
    assert "/acme/production/" in answer.url
    assert gateway.name in answer.url


def test_row__that_is_none__is_told_apart_from_nothing(gateways, person, client):
    client.force_login(person)

    answer = client.get(reverse("admin:gateways_gateway_change", args=[0]))

    assert answer.status_code == 404


def test_address__no_environment__is_nowhere(platform_administrator, rf):
    request = rf.get("/")
    request.user, request.session = platform_administrator, {}

    with pytest.raises(Http404, match="no environment yet"):
        admin.site._registry[Gateway].address(request, "gateway", "shop")
