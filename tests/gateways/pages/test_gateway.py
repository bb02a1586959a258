from __future__ import annotations

from django.utils import timezone

from gateways.pages.gateway import gateway_context
from gateways.selectors import gateway_in
from tests.browser.rows import busy_environment
from tests.factories import GatewayFactory


def test_context__release_under_way__has_figures_of_each_route(environment):
    now = timezone.now()
    busy_environment(environment, now)

    context = gateway_context(environment, gateway_in(environment, "shop"), "1h", now)

    by_route = {line.route.version: line for line in context["lines"]}
    assert by_route["1.2.0"].ready == 1
    assert by_route["1.0.0"].figures.requests == 0
    assert by_route["1.1.0"].figures.requests > 0
    assert context["liveness"].is_live
    assert context["span"] == "1h"


def test_context__no_routes__is_complete(environment):
    GatewayFactory.create(environment=environment, port=9050)

    context = gateway_context(environment, gateway_in(environment, "shop"), "", timezone.now())

    assert context["lines"] == []
    assert context["span"] == "10m"
    assert context["fresh"].is_stale
