from dataclasses import replace

from django.db import connections
from django.test.utils import CaptureQueriesContext

from gateways.documents.read import read_gateway
from gateways.models import Gateway, Instance, Route, Service, ServiceVersion
from gateways.services.definition import put_gateway
from gateways.services.discovery import reconcile
from tests.gateways.observing import snapshot
from vamp.documents.source import Source
from vamp.models import OutboxEvent

SELECTING = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": ["shop.acme.test"],
    "selector": "label(app)(shop) && label(version)((.*))",
}


def put(environment, **changes):
    document = read_gateway(Source.of({**SELECTING, **changes}))
    return put_gateway(environment, document, actor="ana").gateway


def test_reconcile__first_time__rows_are_made(environment):
    found = reconcile(environment, snapshot(("shop", "1.0.0", 2), ("cart", "3", 1)))

    assert found.appeared == (("shop", "1.0.0"), ("cart", "3"))
    assert Service.objects.in_environment(environment).count() == 2
    assert ServiceVersion.objects.in_environment(environment).count() == 2
    assert Instance.objects.in_environment(environment).filter(is_ready=True).count() == 3


def test_reconcile__nothing_changed__reads_three_times_and_writes_nothing(environment):
    seen = snapshot(("shop", "1.0.0", 3), ("shop", "1.1.0", 2))
    reconcile(environment, seen)

    with CaptureQueriesContext(connections[environment.database]) as queries:
        found = reconcile(environment, seen)

    assert not found.is_changed
    assert len(queries) == 3
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_reconcile__instance_turns_unready__its_gateway_gets_a_new_generation(environment):
    seen = snapshot(("shop", "1.0.0", 2))
    reconcile(environment, seen)
    gateway = put(environment)
    first = replace(seen.instances[0], is_ready=False, reason="probe failed")

    found = reconcile(environment, replace(seen, instances=(first, seen.instances[1])))

    assert found.gateways == ("shop",)
    after = Gateway.objects.in_environment(environment).get()
    assert after.generation == gateway.generation + 1
    assert after.revision == gateway.revision
    subjects = OutboxEvent.objects.using(environment.database).values_list("subject", flat=True)
    assert f"vamp.acme.{environment.name}.gateways.instances.changed" in subjects


def test_reconcile__unready_instance_restarts__no_gateway_hears_of_it(environment):
    seen = snapshot(("shop", "1.0.0", 1), ready=False)
    reconcile(environment, seen)
    put(environment)

    found = reconcile(
        environment, replace(seen, instances=(replace(seen.instances[0], restarts=3),))
    )

    assert found.is_changed
    assert found.gateways == ()


def test_reconcile__new_version_under_a_selector__gets_a_route_at_weight_zero(environment):
    reconcile(environment, snapshot(("shop", "1.0.0", 1)))
    put(environment, routes=[{"service": "shop", "version": "1.0.0", "weight": "100%"}])

    found = reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))

    assert found.gateways == ("shop",)
    weights = dict(Route.objects.in_environment(environment).values_list("version", "weight"))
    assert weights == {"1.0.0": 10_000, "1.1.0": 0}
    subjects = OutboxEvent.objects.using(environment.database).values_list("subject", flat=True)
    assert f"vamp.acme.{environment.name}.gateways.route.added" in subjects


def test_reconcile__selected_version_vanishes__others_take_its_share(environment):
    both = snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1))
    reconcile(environment, both)
    put(environment, routes=[])
    routes = Route.objects.in_environment(environment)
    routes.filter(version="1.0.0").update(weight=9_000)
    routes.filter(version="1.1.0").update(weight=1_000)

    reconcile(environment, snapshot(("shop", "1.1.0", 1)))

    assert dict(routes.values_list("version", "weight")) == {"1.1.0": 10_000}
    layout = Gateway.objects.in_environment(environment).get().layout
    assert [item[2] for item in layout] == ["shop-1.1.0"]


def test_reconcile__last_version_with_weight_vanishes__its_route_stays(environment):
    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))
    put(environment)
    routes = Route.objects.in_environment(environment)
    routes.filter(version="1.0.0").update(weight=10_000)

    reconcile(environment, snapshot(("shop", "1.1.0", 1)))

    assert dict(routes.values_list("version", "weight")) == {"1.0.0": 10_000, "1.1.0": 0}


def test_reconcile__version_comes_back__is_present_again(environment):
    seen = snapshot(("shop", "1.0.0", 1))
    reconcile(environment, seen)
    reconcile(environment, snapshot())

    found = reconcile(environment, seen)

    assert found.appeared == (("shop", "1.0.0"),)
    assert ServiceVersion.objects.in_environment(environment).get().is_present


def test_reconcile__other_tenant_has_the_same_names__is_left_alone(environment, other_environment):
    reconcile(other_environment, snapshot(("shop", "1.0.0", 2)))

    reconcile(environment, snapshot(("shop", "1.0.0", 1)))
    reconcile(environment, snapshot())

    assert Instance.objects.in_environment(other_environment).count() == 2
    assert Instance.objects.in_environment(environment).count() == 0
