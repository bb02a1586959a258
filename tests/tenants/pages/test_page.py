from __future__ import annotations

from django.urls import reverse

from tenants.pages.page import address, api_address, stream_address
from tests.factories import gateway_with


def test_page__of_another_environment__becomes_the_chosen_one(environment, person, client):
    gateway_with(environment, {"1.0.0": 10_000})
    client.force_login(person)

    client.get(address("gateway", environment, "shop"))

    assert client.get(reverse("admin:index")).context["here"] == environment


def test_page__fragment__is_the_live_part_without_the_frame(environment, person, client):
    gateway_with(environment, {"1.0.0": 10_000})
    client.force_login(person)

    whole = client.get(address("gateway", environment, "shop")).content.decode()
    part = client.get(address("gateway", environment, "shop"), {"fragment": 1}).content.decode()

    assert "<html" in whole
    assert "<html" not in part
    assert 'data-live-region="routes"' in part


def test_page__what_is_not_there__is_404(environment, person, client):
    client.force_login(person)

    assert client.get(address("gateway", environment, "nothing")).status_code == 404


def test_api_address__of_a_gateway__is_by_names(environment):
    here = "/api/v1/organisations/acme/environments/production"

    assert api_address(environment, "gateways", "shop") == f"{here}/gateways/shop"
    assert stream_address(environment) == f"{here}/events/stream"
