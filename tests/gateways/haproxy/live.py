"""A real HAProxy on loopback with tiny services behind it, for tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gateways.haproxy.assemble import assemble
from gateways.haproxy.config import Endpoint, GatewayConfig
from gateways.haproxy.files import write_files
from gateways.haproxy.numbers import Placement, placed
from gateways.haproxy.part import Part
from gateways.haproxy.render import render_part
from gateways.haproxy.settings import AssembleSettings

SECRET = "probe-secret-of-the-tests"


def free_port() -> int:
    """Return a port below the range that the system gives to outgoing connections.

    Not from `random`, which starts with the same seed in every process of a test run: two of them
    would take the same port, and two HAProxy processes silently share one.
    """
    while True:
        port = 30_000 + secrets.randbelow(2_700)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _name(self) -> str:
        assert isinstance(self.server, _Server)
        return self.server.name

    def do_GET(self) -> None:
        headers = [[name.lower(), value] for name, value in self.headers.items()]
        body = json.dumps({"name": self._name, "path": self.path, "headers": headers})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a loaded machine must not turn connections away
    name = ""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections are cut when HAProxy ends."""


class Services:
    """Services on loopback, each known by a name."""

    def __init__(self, *names: str) -> None:
        self.servers = {}
        for name in names:
            server = _Server(("127.0.0.1", 0), _Service)
            server.name = name
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            self.servers[name] = server

    def endpoint(self, name: str) -> Endpoint:
        return Endpoint(f"i-{name}", "127.0.0.1", self.servers[name].server_port)

    def stop(self) -> None:
        for server in self.servers.values():
            server.shutdown()
            server.server_close()


@dataclass
class Answer:
    """What came back: `name` is the service's, empty where HAProxy itself answered."""

    status: int
    headers: list[tuple[str, str]]
    text: str
    name: str = ""
    seen: dict[str, list[str]] = field(default_factory=dict)

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def cohort(self) -> str | None:
        cookies = [value for name, value in self.headers if name.lower() == "set-cookie"]
        return cookies[0].partition(";")[0].partition("=")[2] if cookies else None


class LiveHAProxy:
    """One running HAProxy; ended by `stop`."""

    def __init__(
        self,
        gateways: Iterable[GatewayConfig] | Placement,
        folder: Path,
        *,
        log_port: int = 0,
    ) -> None:
        self.placement = (
            gateways
            if isinstance(gateways, Placement)
            else placed([render_part(config) for config in gateways])
        )
        self._connections: list[http.client.HTTPConnection] = []
        self._short_folder = tempfile.mkdtemp(prefix="vamp-")
        self.folder = folder
        self.port = free_port()
        self.settings = AssembleSettings(
            str(folder),
            shared_port=self.port,
            runtime_socket=f"{self._short_folder}/runtime.sock",
            probe_secret=SECRET,
            threads=2,
            log_port=log_port,
        )
        files = assemble(self.placement.parts.values(), self.placement.numbers, self.settings)
        write_files(files, folder)
        check(folder)
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                ["haproxy", "-f", f"{folder}/haproxy.cfg"], stdout=log, stderr=subprocess.STDOUT
            )
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            with contextlib.suppress(OSError):
                if "Uptime" in self.command("show info"):
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def command(self, text: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.settings.runtime_socket)
            connection.sendall(text.encode() + (b"" if text.endswith("\n") else b"\n"))
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := connection.recv(65_536):
                received += chunk
        return received.decode()

    def pids(self) -> tuple[int, ...]:
        """Return master and worker."""
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return (master, *map(int, children))

    def stop(self) -> None:
        for connection in self._connections:
            connection.close()
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self._short_folder)

    def connection(self, port: int = 0) -> http.client.HTTPConnection:
        """Return a connection to keep alive; it is closed by `stop`."""
        self._connections.append(
            http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=5)
        )
        return self._connections[-1]

    def get(
        self,
        host: str,
        path: str = "/",
        headers: Sequence[tuple[str, str]] = (),
        *,
        port: int = 0,
        method: str = "GET",
        over: http.client.HTTPConnection | None = None,
    ) -> Answer:
        connection = over or http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=5)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in (("Host", host), *headers):
            connection.putheader(name, value)
        connection.endheaders()
        found = connection.getresponse()
        answer = Answer(found.status, found.getheaders(), found.read().decode())
        if answer.text.startswith('{"name"'):
            body = json.loads(answer.text)
            answer.name = body["name"]
            for name, value in body["headers"]:
                answer.seen.setdefault(name, []).append(value)
        if over is None:
            connection.close()
        return answer

    def probe(self, host: str, path: str = "/", *, port: int = 0) -> Any:
        answer = self.get(host, path, [("X-Vamp-Probe", SECRET)], port=port)
        assert answer.status == 200, answer
        return json.loads(answer.text)


def check(folder: Path) -> None:
    """Let HAProxy check a folder's configuration; neither errors nor warnings are accepted."""
    found = subprocess.run(
        ["haproxy", "-c", "-f", f"{folder}/haproxy.cfg"], capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "[WARNING]" not in found.stdout + found.stderr


@contextlib.contextmanager
def running(
    gateways: Iterable[GatewayConfig] | Placement, folder: Path, *, log_port: int = 0
) -> Iterator[LiveHAProxy]:
    """Run HAProxy for the gateways, to the end of the block."""
    live = LiveHAProxy(gateways, folder, log_port=log_port)
    try:
        yield live
    finally:
        live.stop()


def parts_of(*configs: GatewayConfig) -> list[Part]:
    """Render each."""
    return [render_part(config) for config in configs]
