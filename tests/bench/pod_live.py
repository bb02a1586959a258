"""``pod-live.stack``: a pod turns ready until a request through HAProxy is answered by it."""

from __future__ import annotations

import os
import shlex
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from gateways.management.booting import Booted, booted
from gateways.management.nodes import node_of
from gateways.management.stack_site import stack_site
from tests.bench.asking import Asking, first_with_ms, get
from tests.bench.cluster import administrator
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.proxy import short_folder
from tests.bench.running import Tell, timed_ms
from vamp.drivers.clock.system import SystemClock
from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import PODS

PODS_TURNED: Final = 40
WARM_UP: Final = 3
PAUSE_S: Final = 0.5
TARGET_MS: Final = 300.0
LIMIT_S: Final = 30.0
WAIT_S: Final = 60.0
HOST: Final = "shop.acme.test"
SERVICE: Final = "shop"
PORT: Final = 8080


def measure(tell: Tell) -> Measurement:
    """Turn one pod after the other ready; beside it, reading that pod from the API server."""
    api = administrator()
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        tell("booting an installation on the real servers")
        site = stack.enter_context(stack_site(folder / "site", variables())).site
        stack.enter_context(node_of(site, folder / "node"))
        up = stack.enter_context(booted(folder / "up", site=site))
        namespace = site.lift[site.lift.index("--namespace") + 1]
        bench = _Bench(api, namespace, up, stack)
        samples, floors = [], []
        for number in range(1, WARM_UP + PODS_TURNED + 1):
            tell(f"pod {number} of {WARM_UP + PODS_TURNED}")
            live_ms, read_ms = bench.turn(number)
            if number > WARM_UP:
                samples.append(live_ms)
                floors.append(read_ms)
    p95 = percentile(samples, 0.95)
    more = {"p95_target_ms": TARGET_MS, "p95": rounded(p95)}
    return Measurement(samples, "ms", floors, Target(TARGET_MS), p95 <= TARGET_MS, more=more)


def variables() -> dict[str, str]:
    """Return the stack's variables, which a bench's own process does not have any more."""
    found = dict(os.environ)
    for line in (Path(os.environ["VAMP_STACK_DIR"]) / "stack.env").read_text().splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        if name:
            found[name] = "".join(shlex.split(value))
    return found


class _Bench:
    """One pod that is always ready, and others that turn ready and go."""

    def __init__(self, api: KubernetesApi, namespace: str, up: Booted, stack: ExitStack) -> None:
        self._api = api
        self._namespace = namespace
        self._stack = stack
        self._make(0)
        self._patch(0, _status(0, is_ready=True))
        document = {
            "kind": "Gateway",
            "name": SERVICE,
            "hosts": [HOST],
            "routes": [{"service": SERVICE, "version": "1.0.0", "weight": "100%"}],
        }
        up.call("PUT", f"gateways/{SERVICE}", json=document).raise_for_status()
        self._place = (up.addresses[0], up.shared_port)
        self._answered_ms(0, WAIT_S)

    def turn(self, number: int) -> tuple[float, float]:
        """Return in how many ms the pod answered, and in how many the API server gave it."""
        self._make(number)
        time.sleep(PAUSE_S)
        self._patch(number, _status(number, is_ready=True))
        live_ms = self._answered_ms(number, LIMIT_S)
        read_ms = timed_ms(lambda: self._api.get(PODS, self._namespace, f"pod-{number}"))
        self._api.delete(PODS, self._namespace, f"pod-{number}", {"gracePeriodSeconds": 0})
        return live_ms, read_ms

    def _answered_ms(self, number: int, limit_s: float) -> float:
        """Ask until the pod answers; a connection that a reload ends is opened again."""
        begun = time.perf_counter()
        while True:
            try:
                connection = Asking(self._place)
                try:
                    first_with_ms(connection, get(HOST), _word(number), limit_s=limit_s)
                finally:
                    connection.close()
            except OSError as error:
                if isinstance(error, TimeoutError) or time.perf_counter() - begun > limit_s:
                    raise
                time.sleep(0.005)
            else:
                return (time.perf_counter() - begun) * 1000

    def _make(self, number: int) -> None:
        """Make what answers, and a pod of that address which no node takes."""
        server = _answering(number)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        container = {"name": "c", "image": "none", "ports": [{"containerPort": PORT}]}
        pod = {
            "metadata": {
                "name": f"pod-{number}",
                "labels": {"app": SERVICE, "version": "1.0.0"},
            },
            "spec": {"schedulingGates": [{"name": "vamp.io/bench"}], "containers": [container]},
        }
        self._api.create(PODS, self._namespace, pod)
        self._patch(number, _status(number, is_ready=False))

    def _patch(self, number: int, body: dict[str, Any]) -> None:
        self._api.patch(
            PODS, self._namespace, f"pod-{number}", body, "status", kind="strategic-merge"
        )


def _status(number: int, *, is_ready: bool) -> dict[str, Any]:
    at = SystemClock().now().strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {
        "type": "Ready",
        "status": "True" if is_ready else "False",
        "lastTransitionTime": at,
    }
    address = _address(number)
    return {"status": {"podIP": address, "podIPs": [{"ip": address}], "conditions": [ready]}}


def _address(number: int) -> str:
    return f"127.65.0.{number + 1}"


def _word(number: int) -> bytes:
    return f"answered by {number}.".encode()


def _answering(number: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = _word(number)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    return _Answering((_address(number), PORT), Handler)


class _Answering(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """HAProxy's health checks leave without a word."""
