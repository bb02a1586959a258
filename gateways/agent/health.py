"""``/health``, ``/readyz`` and ``/metrics`` on a loopback port of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateways.agent.report import Status

_STOP_S = 0.1
"""How long `HealthServer.stop` takes at most until the thread notices it."""


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


class HealthServer:
    """The pages, on threads of their own."""

    def __init__(self, port: int, vitals: Callable[[], Vitals]) -> None:
        """Bind ``127.0.0.1:<port>``; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Vitals(vitals))

        class Pages(_Pages):
            read_vitals = staticmethod(vitals)
            metrics = registry

        self._server = _Server(("127.0.0.1", port), Pages)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_S,), name="vga-health", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that was taken."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])


class _Pages(BaseHTTPRequestHandler):
    """``/health`` says all; ``/readyz`` is for probes: 200 or 503."""

    read_vitals: Callable[[], Vitals]
    metrics: CollectorRegistry

    def do_GET(self) -> None:
        """Answer one of the three pages."""
        if self.path == "/metrics":
            self._answer(200, "text/plain; version=0.0.4", generate_latest(self.metrics))
        elif self.path in {"/health", "/readyz"}:
            vitals = self.read_vitals()
            status = 503 if self.path == "/readyz" and not vitals.is_serving else 200
            self._answer(status, "application/json", json.dumps(health_json(vitals)).encode())
        else:
            self._answer(404, "text/plain", b"not here: /health, /readyz, /metrics\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: probes come every second."""

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


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
