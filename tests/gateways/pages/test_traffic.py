from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from gateways.pages.traffic import SPANS, STEPS, recent_traffic, traffic_chart
from gateways.selectors import gateways_in
from tests.browser.rows import busy_environment


def test_recent_traffic__one_minute__adds_up_over_routes(environment, django_assert_num_queries):
    now = timezone.now()
    busy_environment(environment, now)
    gateways = list(gateways_in(environment))

    recent = recent_traffic(environment, gateways, now, by_route=True)

    shop = recent.gateways["shop"]
    parts = [figures for (gateway, _), figures in recent.routes.items() if gateway == "shop"]
    assert shop.requests == sum(part.requests for part in parts) > 0
    assert recent.gateways["internal"].success is None
    assert recent.total is not None
    assert recent.total.requests == shop.requests
    assert 0.99 < (shop.success or 0) < 1


def test_recent_traffic__no_gateway__asks_nothing(environment, django_assert_num_queries):
    with django_assert_num_queries(0, using=environment.database):
        recent = recent_traffic(environment, [], timezone.now())

    assert recent.total is not None
    assert recent.total.requests == 0


def test_traffic_chart__release_under_way__has_a_layer_a_route_in_their_order(environment):
    now = timezone.now()
    gateway = busy_environment(environment, now)

    chart = traffic_chart(environment, gateway, SPANS["10m"], now)

    assert chart is not None
    assert [layer.label for layer in chart.layers] == ["shop-1.1.0", "shop-1.2.0"]
    assert [layer.version for layer in chart.layers] == ["1.1.0", "1.2.0"]
    assert chart.top >= 120
    assert chart.end - chart.start == timedelta(minutes=10)
    assert all(layer.path.count("L") == 2 * STEPS - 1 for layer in chart.layers)


def test_traffic_chart__no_traffic__is_empty(environment):
    now = timezone.now()
    busy_environment(environment, now)
    internal = gateways_in(environment).get(name="internal")

    chart = traffic_chart(environment, internal, SPANS["1h"], now)

    assert chart is not None
    assert chart.is_empty
