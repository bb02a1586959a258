from __future__ import annotations

import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from prometheus_client import REGISTRY

from vamp.request_log import answered


def count(route, method, status):
    labels = {"route": route, "method": method, "status": status}
    return REGISTRY.get_sample_value("vamp_requests_total", labels) or 0.0


def answer(method, path, status, caplog, is_routed=True):
    """Tell of one answer; return its log records."""
    request = RequestFactory().generic(method, path)
    if is_routed:
        request.resolver_match = resolve(path)
    with caplog.at_level(logging.DEBUG, logger="vamp.web"):
        answered(request, HttpResponse(status=status), 0.0123)
    return caplog.records


GATEWAY = "/api/v1/organisations/acme/environments/production/gateways/shop"


def test_answered__change__is_counted_by_its_route_and_logged(caplog):
    before = count("api-gateway", "PUT", "2xx")

    (record,) = answer("PUT", GATEWAY, 200, caplog)

    assert count("api-gateway", "PUT", "2xx") == before + 1
    assert record.levelno == logging.INFO
    assert (record.route, record.method, record.status, record.ms) == (
        "api-gateway",
        "PUT",
        200,
        12.3,
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "level"),
    [
        ("GET", GATEWAY, 200, logging.DEBUG),
        ("GET", GATEWAY, 404, logging.DEBUG),
        ("GET", GATEWAY, 500, logging.INFO),
        ("DELETE", GATEWAY, 403, logging.INFO),
        ("POST", GATEWAY.replace("gateways/shop", "agents/vga-1/report"), 200, logging.DEBUG),
        ("POST", GATEWAY.replace("gateways/shop", "agents/vga-1/report"), 503, logging.INFO),
    ],
)
def test_answered__by_what_it_was__is_told_loudly_or_quietly(caplog, method, path, status, level):
    (record,) = answer(method, path, status, caplog)

    assert record.levelno == level


def test_answered__address_and_method_that_are_none__make_no_labels_of_their_own(caplog):
    before = count("none", "other", "4xx")

    answer("BREW", "/no/such/4711", 404, caplog, is_routed=False)

    assert count("none", "other", "4xx") == before + 1
    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples]
    assert not any("4711" in str(sample.labels) for sample in samples)
