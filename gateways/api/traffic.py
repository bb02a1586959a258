"""What a gateway's traffic was, as the agents counted it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.api.gateways import GatewayView
from gateways.selectors import live_agents
from tenants.connections import metrics_for
from tenants.models import Environment
from vamp import traffic as arithmetic
from vamp.api.query import Query
from vamp.documents.units import format_duration, parse_duration
from vamp.ports.metrics import STATUS_CLASSES, Traffic, Window

USUAL: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=7)
MOST_STEPS: Final = 1000
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No traffic is older, and subtracting a window stays within what a `datetime` holds."""

PERCENTILES: Final[Mapping[str, float]] = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


class DurationField(serializers.CharField):
    """A duration as documents write it: ``30s``, ``5m``, ``1h30m``."""

    def to_internal_value(self, data: Any) -> Any:
        """Return a `timedelta`.

        Raises:
            ValidationError: it is no duration, or none between a second and a week.
        """
        try:
            duration = parse_duration(str(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None
        if not timedelta(seconds=1) <= duration <= LONGEST:
            longest = format_duration(LONGEST)
            raise serializers.ValidationError(f"must be between 1s and {longest}")
        return duration


class TrafficQuery(Query):
    """Which span of time."""

    window = DurationField(required=False, help_text="Length, such as 30s; left out: 1m.")
    until = serializers.DateTimeField(required=False, help_text="Its end; left out: now.")
    step = DurationField(
        required=False, help_text="Also answer with a series in steps of this length."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a series of more steps than a chart can show, and an end before any traffic.

        Raises:
            ValidationError: see above.
        """
        window = attrs.get("window", USUAL)
        if "until" in attrs and attrs["until"] < EARLIEST:
            raise serializers.ValidationError({"until": f"before {EARLIEST:%Y}"})
        if "step" in attrs and window / attrs["step"] > MOST_STEPS:
            raise serializers.ValidationError({"step": f"more than {MOST_STEPS} steps"})
        return attrs


class LatencySerializer(serializers.Serializer[Any]):
    """Total times in milliseconds; null without requests. Percentiles are read off a histogram."""

    mean = serializers.FloatField(allow_null=True)
    p50 = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class FiguresSerializer(serializers.Serializer[Any]):
    """Traffic of one route, or of all; ratios are from 0 to 1, and null without requests."""

    count = serializers.IntegerField()
    rate = serializers.FloatField(help_text="Requests a second.")
    errors = serializers.IntegerField()  # type: ignore[assignment]
    error_ratio = serializers.FloatField(allow_null=True)
    success_ratio = serializers.FloatField(allow_null=True)
    statuses = serializers.DictField(child=serializers.IntegerField())
    bytes_out = serializers.IntegerField()
    latency_ms = LatencySerializer()


class PointSerializer(FiguresSerializer):
    """One step of a series on one route; steps without traffic are left out."""

    start = serializers.DateTimeField()
    route = serializers.CharField()


class TrafficSerializer(serializers.Serializer[Any]):
    """Traffic of a gateway over a window, ``start <= t < end``."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    complete_until = serializers.DateTimeField(
        allow_null=True, help_text="Every live agent has told all up to here; null: not known."
    )
    total = FiguresSerializer()
    routes = serializers.DictField(child=FiguresSerializer())
    series = PointSerializer(many=True, required=False)


class GatewayTraffic(GatewayView):
    """The traffic of a gateway."""

    rights = {"GET": "gateway.view"}
    queries = {"GET": TrafficQuery}

    @extend_schema(operation_id="gateways_traffic", responses=TrafficSerializer)
    def get(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Show counts, rates, ratios and latencies, in all and by route."""
        end = self.wanted.get("until") or timezone.now()
        window = Window(gateway, end - self.wanted.get("window", USUAL), end)
        routes = [route.name for route in self.gateway.routes.all()]
        body = traffic_of(self.environment, window, routes)
        if "step" in self.wanted:
            body["series"] = series_of(self.environment, window, self.wanted["step"])
        return Response(TrafficSerializer(body).data)


def traffic_of(environment: Environment, window: Window, routes: Sequence[str]) -> dict[str, Any]:
    """Return the body of an answer without its series. One question to the metrics store."""
    windows = [
        window,
        *(Window(window.gateway, window.start, window.end, route=name) for name in routes),
    ]
    total, *by_route = metrics_for(environment).traffic(windows)
    seconds = (window.end - window.start).total_seconds()
    return {
        "start": window.start,
        "end": window.end,
        "complete_until": complete_until(environment),
        "total": figures(total, seconds),
        "routes": {
            name: figures(traffic, seconds) for name, traffic in zip(routes, by_route, strict=True)
        },
    }


def series_of(environment: Environment, window: Window, step: timedelta) -> list[dict[str, Any]]:
    """Return the points of a series. One question to the metrics store."""
    step_s = step.total_seconds()
    points = metrics_for(environment).series(window, step_s=step_s)
    return [
        {"start": start, "route": route, **figures(traffic, step_s)}
        for start, route, traffic in points
    ]


def complete_until(environment: Environment) -> datetime | None:
    """Return how far every live agent has told all; None where one has not told yet, or none is."""
    told = list(live_agents(environment, timezone.now()).values_list("complete_until", flat=True))
    known = [moment for moment in told if moment is not None]
    return min(known) if known and len(known) == len(told) else None


def figures(traffic: Traffic, seconds: float) -> dict[str, Any]:
    """Return what is shown of some traffic over `seconds`."""
    estimates = {name: arithmetic.percentile(traffic, share) for name, share in PERCENTILES.items()}
    return {
        "count": traffic.count,
        "rate": arithmetic.request_rate(traffic, seconds=seconds),
        "errors": traffic.errors,
        "error_ratio": arithmetic.error_ratio(traffic),
        "success_ratio": arithmetic.success_ratio(traffic),
        "statuses": dict(zip(STATUS_CLASSES, traffic.statuses, strict=True)),
        "bytes_out": traffic.bytes_out,
        "latency_ms": {
            "mean": arithmetic.mean_latency_ms(traffic),
            **{name: estimate.value if estimate else None for name, estimate in estimates.items()},
        },
    }
