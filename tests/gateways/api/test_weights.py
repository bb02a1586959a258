"""Weights through the API."""

from __future__ import annotations

import pytest

from tests.factories import gateway_with
from vamp.models import AuditEntry

HERE = "/api/v1/organisations/acme/environments/production/gateways/shop/weights"


@pytest.fixture
def shop(environment):
    return gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})


def test_read__routes__are_in_order_with_their_shares(api, shop):
    answer = api.get(HERE)

    assert answer.json() == {"shop-1.0.0": "100%", "shop-1.1.0": "0%"}
    assert answer["ETag"] == '"1"'


def test_set__full_split__is_kept_and_audited(api, environment, shop):
    wanted = {"shop-1.0.0": "87.5%", "shop-1.1.0": "12.5%"}

    answer = api.put(HERE, wanted, format="json", HTTP_IF_MATCH='"1"')

    assert answer.status_code == 200
    assert api.get(HERE).json() == wanted
    assert answer["ETag"] == api.get(HERE)["ETag"] != '"1"'
    entry = AuditEntry.objects.using(environment.database).get(verb="weights.changed")
    assert entry.actor == "acme/ana"


def test_set__yaml__is_understood(api, shop):
    text = "shop-1.0.0: 60%\nshop-1.1.0: 40%\n"

    assert api.put(HERE, text, content_type="application/yaml").status_code == 200
    assert api.get(HERE).json()["shop-1.1.0"] == "40%"


@pytest.mark.parametrize(
    ("wanted", "pointers"),
    [
        ({"shop-1.0.0": "90%", "shop-1.1.0": "20%"}, {""}),
        ({"shop-1.0.0": "100%"}, {"/shop-1.1.0"}),
        ({"shop-1.0.0": "90%", "shop-1.1.0": "10%", "other": "0%"}, {"/other"}),
        ({"shop-1.0.0": 90, "shop-1.1.0": "10.125%"}, {"/shop-1.0.0", "/shop-1.1.0"}),
    ],
)
def test_set__no_full_split__is_refused_with_every_fault(api, shop, wanted, pointers):
    answer = api.put(HERE, wanted, format="json")

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == pointers
    assert api.get(HERE).json() == {"shop-1.0.0": "100%", "shop-1.1.0": "0%"}


def test_set__old_etag__is_refused(api, shop):
    api.put(HERE, {"shop-1.0.0": "50%", "shop-1.1.0": "50%"}, format="json")

    answer = api.put(
        HERE, {"shop-1.0.0": "0%", "shop-1.1.0": "100%"}, format="json", HTTP_IF_MATCH='"1"'
    )

    assert answer.status_code == 412
    assert api.get(HERE).json()["shop-1.1.0"] == "50%"


def test_set__dry_run__shows_and_keeps(api, environment, shop):
    wanted = {"shop-1.0.0": "50%", "shop-1.1.0": "50%"}

    answer = api.put(f"{HERE}?dry_run=true", wanted, format="json")

    assert [route["weight"] for route in answer.json()["document"]["routes"]] == ["50%", "50%"]
    assert api.get(HERE).json()["shop-1.0.0"] == "100%"
    assert not AuditEntry.objects.using(environment.database).filter(kind="weights").exists()
