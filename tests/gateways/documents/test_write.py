from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import parse_gateways, read_gateway
from gateways.documents.route import RouteDocument
from gateways.documents.write import to_document, to_yaml
from tests.gateways.documents.strategies import gateways
from vamp.documents.source import Source
from vamp.documents.yaml import read_documents


@given(gateways())
@settings(deadline=None, max_examples=60)
def test_to_document__read_again__is_the_same_gateway(gateway):
    document = json.loads(json.dumps(to_document(gateway)))

    assert read_gateway(Source.of(document)) == gateway


@given(st.lists(gateways(), min_size=1, max_size=2))
@settings(deadline=None, max_examples=30)
def test_to_yaml__read_again__is_the_same_gateways(found):
    sources = read_documents(to_yaml(found))

    assert [read_gateway(source) for source in sources] == found


def test_to_yaml__gateway__has_keys_in_the_order_of_the_guide_and_no_defaults():
    gateway = GatewayDocument(
        name="shop",
        hosts=("shop.test",),
        sticky="cookie",
        metadata={"team": "web", "release": "1.10"},
        routes=(
            RouteDocument(name="a", service="shop", version="1.10", weight=9_050),
            RouteDocument(name="b", gateway="other", weight=950, condition="true", strength=0),
        ),
    )

    text = to_yaml([gateway])

    assert text == (
        "---\nkind: Gateway\nname: shop\nhosts:\n- shop.test\nsticky: cookie\n"
        'metadata:\n  team: web\n  release: "1.10"\n'
        'routes:\n- name: a\n  service: shop\n  version: "1.10"\n  weight: 90.5%\n'
        "- name: b\n  gateway: other\n  weight: 9.5%\n"
        '  condition: "true"\n  strength: 0%\n'
    )


def test_parse_gateways__what_it_has_read__reads_the_same_when_written():
    text = "kind: Gateway\nname: a\nport: 80\nroutes: [{service: s, version: '1', condition: t}]\n"

    found = parse_gateways(text).gateways

    assert parse_gateways(to_yaml(found)).gateways == found
