"""Gateways through the API."""

from __future__ import annotations

import json

import pytest

from gateways.api import gateways
from gateways.documents.read import read_gateway
from gateways.models import Gateway
from gateways.services.definition import put_gateway
from tests.factories import AgentFactory, AppliedFactory, GatewayFactory, RouteFactory, gateway_with
from vamp.documents.source import Source
from vamp.models import AuditEntry, OutboxEvent

HERE = "/api/v1/organisations/acme/environments/production/gateways"

SHOP = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": ["shop.example.test"],
    "routes": [
        {"service": "shop", "version": "1.0.0", "weight": "90%"},
        {"service": "shop", "version": "1.1.0", "weight": "10%"},
    ],
}


def test_create__valid_document__makes_the_gateway(api, environment):
    answer = api.post(HERE, SHOP, format="json")

    assert answer.status_code == 201
    assert answer["Location"] == f"{HERE}/shop"
    assert answer["ETag"] == f'"{answer.json()["revision"]}"'
    document = answer.json()["document"]
    assert [(route["name"], route["weight"]) for route in document["routes"]] == [
        ("shop-1.0.0", "90%"),
        ("shop-1.1.0", "10%"),
    ]
    assert answer.json()["liveness"]["is_live"] is False
    assert Gateway.objects.in_environment(environment).get().name == "shop"


def test_create__name_taken__is_a_conflict(api, environment):
    GatewayFactory.create(environment=environment)

    answer = api.post(HERE, SHOP, format="json")

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/name"


def test_put__unknown_name__makes_it(api, environment):
    answer = api.put(f"{HERE}/shop", SHOP, format="json")

    assert answer.status_code == 201
    assert api.get(f"{HERE}/shop").json()["document"] == answer.json()["document"]


def test_put__what_was_read__changes_nothing(api, environment):
    made = api.put(f"{HERE}/shop", SHOP, format="json").json()

    again = api.put(f"{HERE}/shop", made["document"], format="json")

    assert again.status_code == 200
    assert again.json()["revision"] == made["revision"]
    assert AuditEntry.objects.using(environment.database).filter(kind="gateway").count() == 1


def test_put__yaml_with_faults__tells_all_with_lines(api, environment):
    text = """\
kind: Gateway
name: shop
hosts: [shop.example.test]
rooutes: []
retries: many
"""

    answer = api.put(f"{HERE}/shop", text, content_type="application/yaml")

    assert answer.status_code == 400
    faults = {(fault["pointer"], fault["line"]): fault for fault in answer.json()["errors"]}
    assert {("/rooutes", 4), ("/retries", 5)} <= set(faults)
    assert "routes" in faults["/rooutes", 4]["hint"]
    assert not Gateway.objects.in_environment(environment).exists()


def test_put__name_of_another_address__is_refused(api, environment):
    answer = api.put(f"{HERE}/cart", SHOP, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/name"


def test_put__old_etag__is_refused_and_nothing_written(api, environment):
    old = api.put(f"{HERE}/shop", SHOP, format="json")["ETag"]
    api.put(f"{HERE}/shop", {**SHOP, "title": "Web shop"}, format="json")

    answer = api.put(f"{HERE}/shop", SHOP, format="json", HTTP_IF_MATCH=old)

    assert answer.status_code == 412
    assert answer.json()["type"] == "urn:vamp:problem:stale"
    assert api.get(f"{HERE}/shop").json()["title"] == "Web shop"


def test_put__present_etag__is_accepted(api, environment):
    tag = api.put(f"{HERE}/shop", SHOP, format="json")["ETag"]

    answer = api.put(f"{HERE}/shop", {**SHOP, "retries": 1}, format="json", HTTP_IF_MATCH=tag)

    assert answer.status_code == 200
    assert answer["ETag"] != tag


@pytest.mark.parametrize("tag", ["12", '"twelve"', '"٣"', '"-1"', '"1", "2"'])
def test_put__malformed_etag__is_refused(api, environment, tag):
    answer = api.put(f"{HERE}/shop", SHOP, format="json", HTTP_IF_MATCH=tag)

    assert answer.status_code == 400


def test_put__etag_of_a_compressed_answer__is_accepted(api, environment):
    api.put(f"{HERE}/shop", SHOP, format="json")
    read = api.get(f"{HERE}/shop", HTTP_ACCEPT_ENCODING="gzip")

    answer = api.put(
        f"{HERE}/shop", {**SHOP, "retries": 1}, format="json", HTTP_IF_MATCH=read["ETag"]
    )

    assert read["ETag"].startswith("W/")
    assert answer.status_code == 200


def test_put__dry_run__answers_and_writes_nothing(api, environment):
    answer = api.put(f"{HERE}/shop?dry_run=true", SHOP, format="json")

    assert answer.status_code == 201
    assert answer.json()["document"]["hosts"] == ["shop.example.test"]
    assert not Gateway.objects.in_environment(environment).exists()
    events = OutboxEvent.objects.using(environment.database).filter(subject__contains="gateways")
    assert not events.exists()


def test_put__misspelt_dry_run__is_refused_and_nothing_written(api, environment):
    answer = api.put(f"{HERE}/shop?dryrun=true", SHOP, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/dryrun"
    assert not Gateway.objects.in_environment(environment).exists()


def test_put__host_of_another_gateway__is_a_conflict(api, environment):
    api.put(f"{HERE}/shop", SHOP, format="json")

    answer = api.put(f"{HERE}/cart", {**SHOP, "name": "cart"}, format="json")

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/hosts/0"


def test_put__both_databases_and_names_the_same__keeps_tenants_apart(
    api, environment, other_environment
):
    theirs = gateway_with(other_environment, {"1.0.0": 10_000}, title="theirs")

    api.put(f"{HERE}/shop", SHOP, format="json")

    held = Gateway.objects.in_environment(other_environment).get()
    assert (held.pk, held.title, held.revision) == (theirs.pk, "theirs", theirs.revision)


def test_patch__with_a_null__merges_and_takes_away(api, environment):
    api.put(f"{HERE}/shop", {**SHOP, "title": "Shop", "retries": 1}, format="json")

    answer = api.patch(
        f"{HERE}/shop",
        json.dumps({"title": None, "timeouts": {"server": "5s"}}),
        content_type="application/merge-patch+json",
    )

    assert answer.status_code == 200
    document = answer.json()["document"]
    assert "title" not in document
    assert document["timeouts"] == {"server": "5s"}
    assert document["retries"] == 1


def rivals(retries):
    return read_gateway(Source.of({**SHOP, "retries": retries}))


@pytest.fixture
def rival(monkeypatch):
    """Changes the gateway just before each of the next `times` writes through the API."""
    state = {"times": 0}

    def put_after_rival(environment, document, **more):
        if state["times"]:
            state["times"] -= 1
            put_gateway(environment, rivals(state["times"]), actor="rival")
        return put_gateway(environment, document, **more)

    monkeypatch.setattr(gateways, "put_gateway", put_after_rival)
    return state


def test_patch__changed_meanwhile__is_applied_to_what_is_there_now(api, environment, rival):
    api.put(f"{HERE}/shop", SHOP, format="json")
    rival["times"] = 2

    answer = api.patch(f"{HERE}/shop", {"title": "Shop"}, format="json")

    assert answer.status_code == 200
    assert answer.json()["document"]["title"] == "Shop"
    assert answer.json()["document"]["retries"] == 0  # the rival's last


def test_patch__changed_meanwhile_and_if_match__is_refused(api, environment, rival):
    api.put(f"{HERE}/shop", SHOP, format="json")
    rival["times"] = 1

    answer = api.patch(
        f"{HERE}/shop", {"title": "Shop"}, format="json", headers={"If-Match": '"1"'}
    )

    assert answer.status_code == 412
    assert Gateway.objects.in_environment(environment).get().title == ""


def test_patch__unknown_gateway__is_not_found(api, environment):
    assert api.patch(f"{HERE}/shop", {"title": "x"}, format="json").status_code == 404


def test_delete__then_read__is_not_found(api, environment):
    api.put(f"{HERE}/shop", SHOP, format="json")

    assert api.delete(f"{HERE}/shop").status_code == 204
    assert api.get(f"{HERE}/shop").status_code == 404
    assert api.get(HERE).json()["count"] == 0


def test_delete__dry_run__leaves_it(api, environment):
    api.put(f"{HERE}/shop", SHOP, format="json")

    assert api.delete(f"{HERE}/shop?dry_run=true").status_code == 204
    assert api.get(f"{HERE}/shop").status_code == 200


def test_delete__old_etag__is_refused(api, environment):
    old = api.put(f"{HERE}/shop", SHOP, format="json")["ETag"]
    api.put(f"{HERE}/shop", {**SHOP, "retries": 2}, format="json")

    assert api.delete(f"{HERE}/shop", HTTP_IF_MATCH=old).status_code == 412


def test_delete__led_to_by_another__is_a_conflict(api, environment):
    inner = GatewayFactory.create(environment=environment, name="inner")
    outer = GatewayFactory.create(environment=environment, name="outer")
    RouteFactory.create(
        environment=environment,
        gateway=outer,
        kind="gateway",
        target_gateway=inner.name,
        name="inner",
        service="",
        version="",
    )

    answer = api.delete(f"{HERE}/inner")

    assert answer.status_code == 409
    assert "outer" in answer.json()["errors"][0]["message"]


def test_yaml__sent_back__changes_nothing(api, environment):
    made = api.put(f"{HERE}/shop", SHOP, format="json").json()

    text = api.get(f"{HERE}/shop/yaml", HTTP_ACCEPT="application/yaml")
    again = api.put(f"{HERE}/shop", text.content, content_type="application/yaml")

    assert text["Content-Type"] == "application/yaml; charset=utf-8"
    assert again.json()["revision"] == made["revision"]


def test_yaml__unknown_gateway__is_a_json_problem(api, environment):
    answer = api.get(f"{HERE}/shop/yaml", HTTP_ACCEPT="application/yaml")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")
    assert json.loads(answer.content)["type"] == "urn:vamp:problem:not-found"


def test_status__agents_behind__are_named(api, environment, now):
    gateway = gateway_with(environment, {"1.0.0": 10_000}, generation=3, published_generation=3)
    for name, generation in (("vga-1", 3), ("vga-2", 2)):
        agent = AgentFactory.create(environment=environment, name=name, reported_at=now)
        AppliedFactory.create(
            environment=environment, agent=agent, gateway=gateway.name, generation=generation
        )

    answer = api.get(f"{HERE}/shop/status").json()

    assert (answer["desired"], answer["published"], answer["applied"]) == (3, 3, 1)
    assert answer["behind"] == ["vga-2"]
    assert answer["is_live"] is False


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["cart", "shop"]),
        ("?name=sho", ["shop"]),
        ("?host=cart.example", ["cart"]),
        ("?service=nothing", []),
        ("?service=shop", ["cart", "shop"]),
        ("?begins=sh", ["shop"]),
        ("?begins=hop", []),
        ("?begins=sh&service=shop", ["shop"]),
    ],
)
def test_list__filters__narrow(api, environment, query, names):
    for name in ("shop", "cart"):
        gateway_with(environment, {"1.0.0": 5_000, "1.1.0": 5_000}, name=name)

    answer = api.get(HERE + query).json()

    assert [row["name"] for row in answer["results"]] == names
    assert answer["count"] == len(names)


def test_list__unknown_filter__is_refused(api, environment):
    answer = api.get(f"{HERE}?hosts=x")

    assert answer.status_code == 400
    assert "host" in answer.json()["errors"][0]["message"]
