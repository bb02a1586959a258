from gateways.haproxy.config import Endpoint
from gateways.models import Gateway, Instance
from gateways.selectors import ready_instances
from gateways.services.discovery import reconcile
from gateways.services.part_rows import ready_endpoints, stale_rows
from gateways.services.rows import document_from, document_of
from tests.factories import HostFactory, environment_in, gateway_with, organisation_named
from tests.gateways.observing import snapshot


def as_asked_by_the_mapper(environment):
    rows = Gateway.objects.in_environment(environment).stale()
    return {row.name: (row, document_of(row)) for row in rows}


def test_stale_rows__several_gateways__are_what_the_mapper_reads(environment):
    shop = gateway_with(environment, {"1.0.0": 7_500, "1.1.0": 2_500}, layout=[["1.0.0", 0, 5]])
    gateway_with(environment, {"1": 0}, name="api", options={"retries": 1}, metadata={"a": ["ü"]})
    for position, host in enumerate(["b.example.com", "a.example.com/x"]):
        HostFactory.create(gateway=shop, environment=environment, host=host, position=position)

    found = stale_rows(environment, ["shop", "api", "nothing"])

    expected = as_asked_by_the_mapper(environment)
    assert [row.gateway.name for row in found] == ["api", "shop"] == sorted(expected)
    for row in found:
        by_mapper, document = expected[row.gateway.name]
        fields = [field.attname for field in Gateway._meta.concrete_fields]
        assert {f: getattr(row.gateway, f) for f in fields} == {
            f: getattr(by_mapper, f) for f in fields
        }
        assert document_from(row.gateway, row.hosts, row.routes) == document


def test_stale_rows__others_and_published__are_left_out(environment):
    gateway = gateway_with(environment, {"1": 10_000})
    Gateway.objects.in_environment(environment).update(published_generation=gateway.generation)
    other = environment_in(organisation=organisation_named("globex"))
    gateway_with(other, {"1": 10_000})

    assert stale_rows(environment, ["shop"]) == []
    assert [row.gateway.environment_id for row in stale_rows(other, ["shop"])] == [other.pk]


def test_ready_endpoints__several_services__are_the_ready_instances(environment):
    reconcile(environment, snapshot(("shop", "1.0.0", 2), ("shop", "1.1.0", 1), ("cart", "1", 1)))
    unready = Instance.objects.in_environment(environment).filter(version__name="1.1.0")
    unready.update(is_ready=False)

    found = ready_endpoints(environment, {"shop", "cart"})

    assert found == {
        key: tuple(Endpoint(f"i{row.pk}", row.host, row.port) for row in rows)
        for key, rows in ready_instances(environment, ["shop", "cart"]).items()
    }
    assert sorted(found) == [("cart", "1"), ("shop", "1.0.0")]


def test_ready_endpoints__no_service__asks_nothing(environment, django_assert_num_queries):
    with django_assert_num_queries(0, using=environment.database):
        assert ready_endpoints(environment, ()) == {}
