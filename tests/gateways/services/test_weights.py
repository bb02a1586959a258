import pytest

from gateways.exceptions import GatewayChanged, WeightsInvalid
from gateways.models import Gateway, Route
from gateways.services.weights import ConditionChange, set_weights
from tests.factories import gateway_with
from vamp.models import AuditEntry, OutboxEvent


def events_of(environment):
    return OutboxEvent.objects.using(environment.database).filter(
        subject__endswith="weights.changed"
    )


def test_set_weights__full_split__rows_layout_audit_and_event_agree(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})

    after = set_weights(gateway, {"shop-1.0.0": 7_500, "shop-1.1.0": 2_500}, actor="ana")

    assert after.generation == gateway.generation + 1
    assert dict(Route.objects.in_environment(environment).values_list("name", "weight")) == {
        "shop-1.0.0": 7_500,
        "shop-1.1.0": 2_500,
    }
    held = Gateway.objects.in_environment(environment).get()
    assert (
        sum(last - first + 1 for first, last, route in held.layout if route == "shop-1.1.0")
        == 2_500
    )
    entry = AuditEntry.objects.using(environment.database).get(verb="weights.changed")
    assert entry.before["shop-1.0.0"] == {"weight": "100%"}
    assert entry.after["shop-1.1.0"] == {"weight": "25%"}
    assert events_of(environment).get().payload["generation"] == after.generation


def test_set_weights__same_again__writes_nothing(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})

    after = set_weights(gateway, {"shop-1.0.0": 10_000, "shop-1.1.0": 0}, actor="ana")

    assert after.generation == gateway.generation
    assert not events_of(environment).exists()


def test_set_weights__every_kind_of_fault__all_are_told_and_nothing_written(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})

    with pytest.raises(WeightsInvalid) as caught:
        set_weights(gateway, {"shop-1.0.0": 20_000, "shop-9": 1}, actor="ana")

    assert {fault.pointer for fault in caught.value.faults} == {
        "/shop-9",
        "/shop-1.1.0",
        "/shop-1.0.0",
    }
    assert not events_of(environment).exists()


@pytest.mark.parametrize(("total", "words"), [(9_999, "99.99%"), (10_001, "100.01%")])
def test_set_weights__total_is_off__says_the_total(environment, total, words):
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})

    with pytest.raises(WeightsInvalid, match=words):
        set_weights(gateway, {"shop-1.0.0": total - 5_000, "shop-1.1.0": 5_000}, actor="ana")


def test_set_weights__stale_revision__is_refused(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})

    with pytest.raises(GatewayChanged):
        set_weights(
            gateway, {"shop-1.0.0": 0, "shop-1.1.0": 10_000}, actor="ana", expected_revision=99
        )


def test_set_weights__with_condition__both_change_in_one_generation(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})
    change = ConditionChange("header X-Beta is yes", 5_000, priority=7)

    after = set_weights(
        gateway,
        {"shop-1.0.0": 9_000, "shop-1.1.0": 1_000},
        actor="ana",
        conditions={"shop-1.1.0": change},
    )

    route = Route.objects.in_environment(environment).get(version="1.1.0")
    assert (route.condition, route.strength, route.priority) == ("header X-Beta is yes", 5_000, 7)
    assert after.generation == gateway.generation + 1


def test_set_weights__queries__do_not_grow_with_routes(environment, django_assert_num_queries):
    few = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, name="few")
    weights = {f"1.{n}.0": 10_000 if n == 0 else 0 for n in range(20)}
    many = gateway_with(environment, weights, name="many")
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connections[environment.database]) as first:
        set_weights(few, {"shop-1.0.0": 5_000, "shop-1.1.0": 5_000}, actor="ana")
    split = {f"shop-{version}": 500 for version in weights}
    with CaptureQueriesContext(connections[environment.database]) as second:
        set_weights(many, split, actor="ana")

    assert len(first) == len(second) <= 9
