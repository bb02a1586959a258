from __future__ import annotations

import pytest

from gateways.models import Gateway
from gateways.pages.document import EXAMPLE
from tenants.pages.page import address
from tests.factories import gateway_with

CHANGED = """\
kind: Gateway
name: shop
hosts: [shop.example.test]
retries: 5
routes:
  - {service: shop, version: 1.0.0, weight: 60%}
  - {service: shop, version: 1.1.0, weight: 40%}
"""


@pytest.fixture
def gateway(environment, person, client):
    client.force_login(person)
    return gateway_with(environment, {"1.0.0": 9_000, "1.1.0": 1_000})


def test_change__opened__shows_the_gateway_as_yaml(environment, gateway, client):
    page = client.get(address("gateway-document", environment, "shop"))

    assert page.context["text"].startswith("kind: Gateway\nname: shop\n")
    assert "weight: 90%" in page.context["text"]


def test_change__preview__shows_the_difference_and_writes_nothing(environment, gateway, client):
    page = client.post(
        address("gateway-document", environment, "shop"), {"document": CHANGED, "preview": "1"}
    )

    kinds = {(line.kind, line.text.strip()) for line in page.context["diff"]}
    assert ("added", "+retries: 5") in kinds
    gateway.refresh_from_db()
    assert gateway.revision == 1


def test_change__saved__goes_through_the_service(environment, gateway, client):
    answer = client.post(
        address("gateway-document", environment, "shop"), {"document": CHANGED, "save": "1"}
    )

    assert answer.headers["Location"] == address("gateway", environment, "shop")
    gateway.refresh_from_db()
    assert gateway.options["retries"] == 5
    assert gateway.revision == 2


def test_change__several_faults__all_are_told_with_their_lines(environment, gateway, client):
    wrong = CHANGED.replace("retries: 5", "retrys: 5").replace("40%", "30%")

    page = client.post(
        address("gateway-document", environment, "shop"), {"document": wrong, "save": "1"}
    )

    assert page.status_code == 400
    assert {fault.line for fault in page.context["faults"]} >= {4}
    assert len(page.context["faults"]) >= 2
    assert page.context["text"] == wrong


def test_change__other_name__is_refused(environment, gateway, client):
    wrong = CHANGED.replace("name: shop", "name: other")

    page = client.post(
        address("gateway-document", environment, "shop"), {"document": wrong, "save": "1"}
    )

    assert page.context["faults"][0].pointer == "/name"
    assert Gateway.objects.in_environment(environment).count() == 1


def test_change__changed_meanwhile__is_refused(environment, gateway, client):
    page = client.post(
        address("gateway-document", environment, "shop"),
        {"document": CHANGED, "save": "1", "revision": "7"},
    )

    assert page.status_code == 412


def test_create__example_without_policy__makes_a_gateway(environment, person, client):
    client.force_login(person)
    text = EXAMPLE.replace("policy: canary\n", "")

    client.post(address("gateway-new", environment), {"document": text, "save": "1"})

    assert Gateway.objects.in_environment(environment).get().name == "shop"


def test_remove__name_typed__is_removed(environment, gateway, client):
    client.post(address("gateway-remove", environment, "shop"), {"name": "shop"})

    gateway.refresh_from_db()
    assert gateway.is_removed


def test_remove__another_name_typed__stays(environment, gateway, client):
    client.post(address("gateway-remove", environment, "shop"), {"name": "shpo"})

    gateway.refresh_from_db()
    assert not gateway.is_removed
