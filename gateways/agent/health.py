"""``/healthz``, ``/readyz``, ``/health`` and ``/metrics`` on a port of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateways.agent.report import Status
from vamp.probe_server import Page, ProbeServer, json_page, metrics_page


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the pages show.

    Attributes:
        is_serving: HAProxy runs and its worker answered lately.
        status: what is reported as well.
        lines: log lines counted since the start.
        spool_bytes: rollups that wait for delivery, in bytes.
        spool_dropped: rollups given up because the spool was full.
        lines_shipped: raw lines delivered since the start.
        lines_given_up: raw lines given up because their store did not keep up.
        lines_refused: raw lines that cannot be read, or that the store refused.
        lines_bytes: raw lines that wait for delivery, in bytes.
        old_workers: workers that finish their connections.
        lag_s: age of the watermark in seconds; -1 while there is none.
        silent: loops of the agent that have gone silent, with the seconds since they were heard.
    """

    is_serving: bool
    status: Status
    lines: int
    spool_bytes: int
    spool_dropped: int
    old_workers: int
    lag_s: float
    lines_shipped: int = 0
    lines_given_up: int = 0
    lines_refused: int = 0
    lines_bytes: int = 0
    silent: Mapping[str, float] = field(default_factory=dict)


class HealthServer(ProbeServer):
    """``/healthz`` and ``/readyz`` are for probes, ``/health`` says all and is always 200."""

    def __init__(self, port: int, vitals: Callable[[], Vitals], address: str = "127.0.0.1") -> None:
        """Bind ``<address>:<port>``; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Vitals(vitals))
        super().__init__(
            address,
            port,
            {
                "/healthz": lambda: healthz(vitals()),
                "/readyz": lambda: readyz(vitals()),
                "/health": lambda: json_page(200, health_json(vitals())),
                # With what drivers count of the stores that they speak to.
                "/metrics": lambda: metrics_page(registry, REGISTRY),
            },
        )


def healthz(vitals: Vitals) -> Page:
    """Return 200 while the agent's loops go round, whatever HAProxy does, else 503. Pure."""
    if vitals.silent:
        told = {name: round(seconds, 1) for name, seconds in vitals.silent.items()}
        return json_page(503, {"status": "stuck", "silent_s": told})
    return json_page(200, {"status": "ok"})


def readyz(vitals: Vitals) -> Page:
    """Return 200 while HAProxy serves, else 503; with everything that ``/health`` says. Pure."""
    answers = {"haproxy": "ok" if vitals.is_serving else "silent"}
    status = "ok" if vitals.is_serving else "waiting"
    told = {**health_json(vitals), "status": status, "dependencies": answers}
    return json_page(200 if vitals.is_serving else 503, told)


def health_json(vitals: Vitals) -> dict[str, object]:
    """Return what ``/health`` answers. Pure."""
    status = vitals.status
    return {
        "status": "serving" if vitals.is_serving else "down",
        "gateways": dict(status.applied),
        "complete_until": status.complete_until and status.complete_until.isoformat(),
        "dropped_lines": status.dropped,
        "reloads": status.reloads,
        "spool_bytes": vitals.spool_bytes,
        "faults": [
            {"gateway": f.gateway, "message": f.message, "since": f.since.isoformat()}
            for f in status.faults
        ],
    }


class _Vitals(Collector):
    """The same for Prometheus."""

    def __init__(self, vitals: Callable[[], Vitals]) -> None:
        self._vitals = vitals

    def collect(self) -> Iterable[Metric]:
        """Return the metrics as they are now."""
        now = self._vitals()
        status = now.status
        yield _gauge("serving", "1 while HAProxy answers.", float(now.is_serving))
        yield _gauge("gateways", "Gateways that are served.", len(status.applied))
        yield _gauge("faults", "Faults at present.", len(status.faults))
        yield _gauge("old_workers", "Workers that finish their connections.", now.old_workers)
        yield _gauge("spool_bytes", "Rollups that wait for delivery.", now.spool_bytes)
        yield _gauge("watermark_lag_seconds", "Age of the watermark; -1 without.", now.lag_s)
        yield _counter("reloads", "Reloads of HAProxy.", status.reloads)
        yield _counter("lines", "Log lines counted.", now.lines)
        yield _counter("lines_dropped", "Log lines known to be lost.", status.dropped)
        yield _counter("rollups_dropped", "Rollups given up by a full spool.", now.spool_dropped)
        yield _counter("raw_lines_shipped", "Raw lines delivered.", now.lines_shipped)
        yield _counter("raw_lines_dropped", "Raw lines given up.", now.lines_given_up)
        yield _counter("raw_lines_refused", "Raw lines refused.", now.lines_refused)
        yield _gauge("raw_lines_bytes", "Raw lines that wait for delivery.", now.lines_bytes)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"vamp_agent_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"vamp_agent_{name}", text, value=value)
