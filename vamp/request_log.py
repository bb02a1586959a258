"""What is told of each answered request: one log line, and Prometheus metrics."""

from __future__ import annotations

import logging

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

log = logging.getLogger("vamp.web")

REQUESTS = Counter(
    "vamp_requests",
    "Requests answered, by name of the route, method and class of the status.",
    ["route", "method", "status"],
)
SECONDS = Histogram(
    "vamp_request_seconds",
    "From a request's arrival to the beginning of its answer, in seconds.",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

NO_ROUTE = "none"
"""Stands for addresses that lead nowhere: what people type is no label."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_ROUTINE = frozenset({"api-agent-report", "api-agent-rollups"})
"""Agents send these every second or so; their lines would hide all others."""


def answered(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count one answer, and log it: changes and our own errors at info, the rest at debug.

    Args:
        request: as the views saw it.
        response: its answer, whose body may still be on its way.
        seconds: since the request arrived.
    """
    match = request.resolver_match
    route = (match.view_name if match else "") or NO_ROUTE
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(route, method, f"{response.status_code // 100}xx").inc()
    SECONDS.labels(route, method).observe(seconds)
    is_told = response.status_code >= 500 or (method not in _READS and route not in _ROUTINE)
    log.log(
        logging.INFO if is_told else logging.DEBUG,
        "request.answered",
        extra={
            "route": route,
            "method": method,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        },
    )
