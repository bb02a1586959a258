import pytest

from gateways.documents.read import read_gateway
from gateways.documents.write import to_document
from gateways.exceptions import GatewayChanged, GatewayLoop, StillInUse, TakenElsewhere
from gateways.models import Gateway, Route
from gateways.services.definition import put_gateway, remove_gateway
from gateways.services.rows import document_of
from vamp.documents.source import Source
from vamp.errors import Conflict
from vamp.models import AuditEntry, OutboxEvent

SHOP = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": ["shop.acme.test"],
    "sticky": "cookie",
    "timeouts": {"connect": "2s", "server": "10s", "queue": "1s"},
    "routes": [
        {"service": "shop", "version": "1.0.0", "weight": "90%"},
        {
            "service": "shop",
            "version": "1.1.0",
            "weight": "10%",
            "condition": "header X-Beta is yes",
            "strength": "50%",
        },
    ],
}


def read(**changes):
    return read_gateway(Source.of({**SHOP, **changes}))


def put(environment, **options):
    return put_gateway(environment, read(), actor="ana", **options)


def test_put_gateway__new__row_says_what_the_document_says(environment):
    result = put(environment)

    assert result.is_created
    assert to_document(document_of(result.gateway)) == to_document(read())
    assert result.gateway._state.db == environment.database


def test_put_gateway__new__one_audit_entry_and_one_event(environment):
    put(environment)

    entry = AuditEntry.objects.using(environment.database).get(kind="gateway")
    assert (entry.actor, entry.verb, entry.name, entry.before) == (
        "ana",
        "gateway.created",
        "shop",
        None,
    )
    event = OutboxEvent.objects.using(environment.database).get(subject__endswith="gateway.created")
    assert event.payload["gateway"] == "shop"


def test_put_gateway__same_again__writes_nothing(environment):
    first = put(environment).gateway

    again = put(environment)

    assert not again.is_changed
    assert again.gateway.generation == first.generation
    assert (
        OutboxEvent.objects.using(environment.database)
        .filter(subject__contains=".gateways.")
        .count()
        == 1
    )


def test_put_gateway__weights_change__layout_moves_only_what_must_move(environment):
    before = put(environment).gateway.layout
    routes = [
        {"service": "shop", "version": "1.0.0", "weight": "80%"},
        {"service": "shop", "version": "1.1.0", "weight": "20%"},
    ]

    after = put_gateway(environment, read(routes=routes), actor="ana").gateway.layout

    def owners(layout):
        return [route for first, last, route in layout for _ in range(last - first + 1)]

    changed = sum(one != other for one, other in zip(owners(before), owners(after), strict=True))
    assert changed == 1_000


def test_put_gateway__dry_run__nothing_is_written(environment):
    result = put(environment, is_dry_run=True)

    assert result.is_created
    assert not Gateway.objects.in_environment(environment).exists()
    assert not AuditEntry.objects.using(environment.database).filter(kind="gateway").exists()


def test_put_gateway__host_and_port_taken__both_are_told(environment):
    put(environment)
    put_gateway(environment, read(name="own", hosts=[], port=9050, sticky="none"), actor="ana")

    with pytest.raises(TakenElsewhere) as caught:
        put_gateway(environment, read(name="other"), actor="ana")
    with pytest.raises(TakenElsewhere):
        put_gateway(environment, read(name="third", hosts=[], port=9050), actor="ana")

    assert "shop.acme.test" in str(caught.value)
    assert Gateway.objects.in_environment(environment).count() == 2


def test_put_gateway__host_of_another_tenant__is_free(environment, other_environment):
    put(other_environment)

    assert put(environment).is_created


def test_put_gateway__stale_revision__is_refused(environment):
    gateway = put(environment).gateway

    with pytest.raises(GatewayChanged):
        put_gateway(
            environment, read(title="X"), actor="bo", expected_revision=gateway.revision + 1
        )


def test_put_gateway__loop_with_another__is_refused_and_nothing_written(environment):
    put(environment)
    edge = read(name="edge", hosts=["edge.acme.test"], routes=[{"gateway": "shop"}])
    put_gateway(environment, edge, actor="ana")

    with pytest.raises(GatewayLoop) as caught:
        put_gateway(environment, read(routes=[{"gateway": "edge"}]), actor="ana")

    assert "shop" in str(caught.value)
    kinds = Route.objects.in_environment(environment).filter(gateway__name="shop")
    assert set(kinds.values_list("kind", flat=True)) == {"service"}


def test_put_gateway__unknown_nested_gateway__is_refused(environment):
    with pytest.raises(GatewayLoop, match="nowhere"):
        put_gateway(environment, read(routes=[{"gateway": "nowhere"}]), actor="ana")


def test_remove_gateway__in_use__is_refused(environment):
    gateway = put(environment).gateway
    edge = read(name="edge", hosts=["edge.acme.test"], routes=[{"gateway": "shop"}])
    put_gateway(environment, edge, actor="ana")

    with pytest.raises(StillInUse, match="edge"):
        remove_gateway(gateway, actor="ana")


def test_remove_gateway__free__hosts_are_free_and_the_name_is_not_yet(environment):
    remove_gateway(put(environment).gateway, actor="ana")

    assert not Gateway.objects.in_environment(environment).present().exists()
    assert put_gateway(environment, read(name="other"), actor="ana").is_created
    with pytest.raises(Conflict, match="being removed"):
        put(environment)
