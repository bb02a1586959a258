"""An agent with a store, its HAProxy and tiny services, all on loopback, for tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from gateways.agent.agent import Agent
from gateways.agent.settings import Settings, read_settings
from gateways.haproxy.config import GatewayConfig
from gateways.haproxy.manifest import Manifest, ManifestEntry, manifest_key, part_key
from gateways.haproxy.part import Part, digest
from gateways.haproxy.render import render_part
from tests.gateways.haproxy.live import free_port
from vamp.drivers.kv.file import FileStore
from vamp.ports.errors import PortUnavailable
from vamp.ports.lines import LineStore
from vamp.ports.metrics import MetricsStore

PLACE = ("acme", "production")
MASTER = bytes(range(32))


class Publisher:
    """Writes parts and manifest as the control plane does."""

    def __init__(self, folder: Path, *, shared_port: int, agents: tuple[str, ...] = ()) -> None:
        self.kv = FileStore(folder, master=MASTER)
        self.shared_port = shared_port
        self.agents = agents
        self.entries: dict[str, ManifestEntry] = {}

    def publish(self, *gateways: GatewayConfig | Part) -> None:
        for item in gateways:
            part = item if isinstance(item, Part) else render_part(item)
            text = part.to_json()
            self.kv.put(part_key(*PLACE, part.gateway), text)
            self.entries[part.gateway] = ManifestEntry(part.generation, digest(text))
        self.publish_manifest()

    def withdraw(self, gateway: str) -> None:
        del self.entries[gateway]
        self.publish_manifest()
        self.kv.delete(part_key(*PLACE, gateway))

    def publish_manifest(self) -> None:
        manifest = Manifest(self.entries, self.shared_port, self.agents)
        self.kv.put(manifest_key(*PLACE), manifest.to_json())


class Outage(FileStore):
    """A store that can be taken away."""

    is_down = False

    def get(self, key: str):
        if self.is_down:
            raise PortUnavailable("taken away by the test")
        return super().get(key)

    def watch(self, prefix: str):
        if self.is_down:
            raise PortUnavailable("taken away by the test")
        return super().watch(prefix)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])


@dataclass
class Api:
    """An agent API that remembers what it is told; `is_down` makes it answer 503."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    rollups: dict[str, dict[str, Any]] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    is_down: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        api = self

        class Pages(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.paths.add(self.path)
                status, text = api.take(self.path, json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = _Server(("127.0.0.1", 0), Pages)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if self.is_down:
            return 503, b""
        if path.endswith("/rollups"):
            self.rollups |= {rollup["id"]: rollup for rollup in body["rollups"]}
            return 204, b""
        self.reports.append(body)
        return 200, json.dumps(self.answer).encode()

    def count(self, gateway: str) -> int:
        return sum(r["count"] for r in tuple(self.rollups.values()) if r["gateway"] == gateway)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="vga-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def settings_for(folder: Path, api_url: str = "", **more: str) -> Settings:
    options: Mapping[str, str | None] = {
        "name": "one",
        "organisation": PLACE[0],
        "environment": PLACE[1],
        "kv_url": f"file://{folder}/kv",
        "bind": "127.0.0.1",
        "state": f"{folder}/state",
        "api_url": api_url,
        "api_token": "token-of-the-tests",
        "rollup_span_s": "1",
        "poll_interval_s": "1",
        **more,
    }
    return read_settings(options, {})


class Rig:
    """One agent, and what it needs. Ended by `stop`."""

    def __init__(self, folder: Path, *, api: Api | None = None, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.publisher = Publisher(folder / "kv", shared_port=self.port)
        self.kv = Outage(folder / "kv", master=MASTER)
        self.api = api
        self.settings = settings_for(folder, api.url if api else "", **more)
        self.metrics: MetricsStore | None = None
        self.lines: LineStore | None = None
        self._agent: Agent | None = None

    @property
    def agent(self) -> Agent:
        assert self._agent is not None, "not started"
        return self._agent

    def start(self, *gateways: GatewayConfig) -> None:
        """Publish `gateways`, start an agent, and wait until it serves them."""
        if gateways:
            self.publisher.publish(*gateways)
        self._agent = Agent(self.settings, self.kv, metrics=self.metrics, lines=self.lines)
        self._agent.start()
        self.await_applied(*gateways)

    def stop(self) -> None:
        if self._agent is not None:
            self._agent.stop()
            self._agent = None

    def await_applied(self, *gateways: GatewayConfig) -> None:
        wanted = {gateway.name: gateway.generation for gateway in gateways}
        until(lambda: wanted.items() <= dict(self.agent.served.applied).items(), self.describe)

    def describe(self) -> str:
        output = self.folder / "state" / "haproxy.out"
        said = output.read_text()[-2000:] if output.exists() else ""
        return f"{self.agent.status()}\n{said}"

    def get(self, host: str, path: str = "/", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": host, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        name = json.loads(text)["name"] if text.startswith('{"name"') else ""
        return answer.status, name

    def names(self, host: str, times: int = 20) -> set[str]:
        return {self.get(host)[1] for _ in range(times)}


def until(
    condition: Callable[[], object],
    describe: Callable[[], object] = lambda: "",
    *,
    timeout_s: float = 10.0,
) -> None:
    """Wait for something that another thread or process brings about."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, describe()
        time.sleep(0.002)
