from __future__ import annotations

import time

from gateways.documents.between import ClashKind, GatewayFacts, faults_between
from gateways.documents.gateway import GatewayDocument
from gateways.documents.route import RouteDocument


def gateway(
    name: str, *nested: str, port: int | None = None, hosts: tuple[str, ...] = ()
) -> GatewayDocument:
    routes = tuple(RouteDocument(gateway=below) for below in nested)
    if port is None and not hosts:
        hosts = (f"{name}.test",)
    return GatewayDocument(name=name, port=port, hosts=hosts, routes=routes)


def told(
    *documents: GatewayDocument, others: tuple[GatewayFacts, ...] = ()
) -> list[tuple[int, str, str]]:
    clashes = faults_between(documents, others)
    return [(clash.document, clash.fault.pointer, clash.fault.code) for clash in clashes]


def test_faults_between__nothing_in_common__is_nothing():
    assert (
        told(gateway("a", "b", port=1), gateway("b"), others=(GatewayFacts("c", ("c.test",)),))
        == []
    )


def test_faults_between__host_and_port_of_a_standing_gateway__are_taken():
    others = (GatewayFacts("x", hosts=("a.test",)), GatewayFacts("y", port=80))

    clashes = faults_between([gateway("a"), gateway("b", port=80)], others)

    assert [(clash.document, clash.kind, clash.fault.message) for clash in clashes] == [
        (0, ClashKind.TAKEN, "the host a.test belongs to the gateway x"),
        (1, ClashKind.TAKEN, "the port 80 belongs to the gateway y"),
    ]


def test_faults_between__document_that_replaces_a_standing_gateway__does_not_clash_with_it():
    assert told(gateway("a"), others=(GatewayFacts("a", ("a.test",)),)) == []


def test_faults_between__among_documents__the_later_one_is_told():
    assert told(gateway("a", port=80), gateway("b", port=80), gateway("a")) == [
        (2, "/name", "name-taken"),
        (1, "/port", "port-taken"),
    ]


def test_faults_between__unknown_gateway__is_told_with_the_nearest_name():
    (clash,) = faults_between([gateway("a", "shpo")], [GatewayFacts("shop")])

    assert (clash.kind, clash.fault.pointer) == (ClashKind.UNKNOWN, "/routes/0/gateway")
    assert clash.fault.hint == "did you mean shop?"


def test_faults_between__loop_through_a_standing_gateway__is_shown_whole():
    (clash,) = faults_between(
        [gateway("a", "b")], [GatewayFacts("b", nested=("c",)), GatewayFacts("c", nested=("a",))]
    )

    assert clash.kind is ClashKind.LOOP
    assert clash.fault.message.endswith("a → b → c → a")


def test_faults_between__loop_among_standing_gateways_only__is_not_the_documents_fault():
    others = (GatewayFacts("x", nested=("y",)), GatewayFacts("y", nested=("x",)))

    assert told(gateway("a", "x"), others=others) == []


def test_faults_between__four_gateways_deep__is_allowed_and_five_are_not():
    others = tuple(GatewayFacts(name, nested=(below,)) for name, below in [("b", "c"), ("c", "d")])

    assert told(gateway("a", "b"), gateway("d"), others=others) == []
    assert told(gateway("a", "b"), gateway("d", "e"), gateway("e"), others=others) == [
        (0, "/routes/0/gateway", "gateway-too-deep")
    ]


def test_faults_between__standing_chain_made_too_deep_from_below__is_told_of_the_document():
    others = tuple(
        GatewayFacts(name, nested=(below,)) for name, below in [("a", "b"), ("b", "c"), ("c", "d")]
    )

    assert told(gateway("d", "e"), others=(*others, GatewayFacts("e"))) == [
        (0, "/routes/0/gateway", "gateway-too-deep")
    ]


def test_faults_between__ten_thousand_gateways_in_a_ring__is_soon_told():
    ring = [gateway(f"g{index}", f"g{(index + 1) % 10_000}") for index in range(10_000)]

    started = time.process_time()
    clashes = faults_between(ring)

    assert [clash.fault.code for clash in clashes] == ["gateway-loop"]
    assert len(clashes[0].fault.message) < 1_000
    # A search that is not linear would take hours.
    assert time.process_time() - started < 60
