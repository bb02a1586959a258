"""``weight-live.embedded``: weights put through the API until a request is answered by them."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from gateways.management.booting import Booted, booted
from tests.bench.asking import Asking, first_with_ms, get
from tests.bench.demo_services import VERSIONS, write_services
from tests.bench.hops import Change, trace_ms
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.proxy import Running, free_ports, running, short_folder
from tests.bench.running import Tell

CHANGES: Final = 120
WARM_UP: Final = 10
PAUSE_S: Final = 0.05
"""Between two changes, so that the one before is over and done, reported and written down."""

TARGET_MS: Final = 60.0
LIMIT_S: Final = 20.0
GATEWAY: Final = "shop"
HOST: Final = "shop.acme.test"
ROUTES: Final = tuple(f"{GATEWAY}-{version}" for version in VERSIONS)


def measure(tell: Tell) -> Measurement:
    """Move all traffic from one version to the other and back; a plain HAProxy beside, by turns."""
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        tell("booting an installation")
        up = stack.enter_context(booted(folder / "up"))
        answering = _begin(up)
        tell("starting a plain HAProxy")
        plain = stack.enter_context(_plain(folder, answering))
        vamp = _Vamp(up)
        stack.callback(vamp.close)
        changes, floors = [], []
        for number in range(-WARM_UP, CHANGES):
            tell(f"change {number + 1} of {CHANGES}")
            change = vamp.change(number)
            floor = plain.change_ms(number)
            if number >= 0:
                changes.append(change)
                floors.append(floor)
            time.sleep(PAUSE_S)
        trace = trace_ms(up.folder / "vamp.sqlite3", changes)
    sent = [change.live_ms - change.sent_ms for change in changes]
    return Measurement(
        [change.live_ms - change.accepted_ms for change in changes],
        "ms",
        floors,
        Target(TARGET_MS),
        more={
            "from_sent_median": rounded(percentile(sent, 0.5)),
            "from_sent_p99": rounded(percentile(sent, 0.99)),
            "trace_ms": trace,
        },
    )


class _Vamp:
    """The installation, as a person with a token and a caller of the gateway see it."""

    def __init__(self, up: Booted) -> None:
        self._up = up
        self._api = Asking(("127.0.0.1", up.port))
        self._agents = [Asking((address, up.shared_port)) for address in up.addresses]
        self._path = up.environment_url(f"gateways/{GATEWAY}/weights").removeprefix(up.api_url)
        self._manifest = next(up.folder.glob("kv/**/manifest*"), None)

    def change(self, number: int) -> Change:
        """Give everything to the other version; ask the agents by turns when it is live."""
        wanted = number % 2
        sent = time.time()
        answer = self._api.ask(self._request(wanted))
        accepted = time.time()
        if b" 200 " not in answer[:20]:
            raise ValueError(f"the API refuses the weights: {answer[-500:]!r}")
        version = VERSIONS[wanted].encode()
        agent = self._agents[number // 2 % len(self._agents)]
        took_ms = first_with_ms(agent, get(HOST), b'"version": "%s"' % version, limit_s=LIMIT_S)
        generation = json.loads(answer.partition(b"\r\n\r\n")[2])["liveness"]["desired"]
        accepted_ms = accepted * 1000
        return Change(generation, sent * 1000, accepted_ms, accepted_ms + took_ms, self._written())

    def close(self) -> None:
        """Close all connections."""
        for connection in (self._api, *self._agents):
            connection.close()

    def _written(self) -> float:
        return self._manifest.stat().st_mtime_ns / 1e6 if self._manifest else 0.0

    def _request(self, wanted: int) -> bytes:
        weights = {route: "100%" if at == wanted else "0%" for at, route in enumerate(ROUTES)}
        body = json.dumps(weights)
        return (
            f"PUT {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._up.port}\r\n"
            f"Authorization: token {self._up.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


class _plain:  # noqa: N801 used as a context, like the functions beside it
    """A HAProxy with a map of one line, whose change moves all traffic."""

    def __init__(self, folder: Path, answering: dict[str, tuple[str, int]]) -> None:
        (self._port,) = free_ports(1)
        self._map = folder / "split.map"
        self._map.write_text(f"split {VERSIONS[0]}\n")
        backends = "".join(
            f"backend {version}\n    server s {host}:{port}\n"
            for version, (host, port) in answering.items()
        )
        self._config = folder / "plain.cfg"
        self._socket = folder / "plain.sock"
        self._config.write_text(
            f"global\n    stats socket {self._socket} mode 600 level admin\n"
            "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n"
            f"    timeout server 30s\nfrontend shared\n    bind 127.0.0.1:{self._port}\n"
            f"    use_backend %[str(split),map({self._map})]\n{backends}"
        )
        self._stack = ExitStack()
        self._haproxy: Running | None = None

    def __enter__(self) -> _plain:
        self._haproxy = self._stack.enter_context(running(self._config, self._socket))
        self._asking = Asking(("127.0.0.1", self._port))
        self._stack.callback(self._asking.close)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def change_ms(self, number: int) -> float:
        """Turn the map's line; return the time from the command to the first new answer."""
        assert self._haproxy is not None
        version = VERSIONS[number % 2]
        begun = time.perf_counter()
        self._haproxy.commands.ask(f"set map {self._map} split {version}")
        sent_ms = (time.perf_counter() - begun) * 1000
        wanted = b'"version": "%s"' % version.encode()
        return sent_ms + first_with_ms(self._asking, get(HOST), wanted, limit_s=LIMIT_S)


def _begin(up: Booted) -> dict[str, tuple[str, int]]:
    """Start both versions and the gateway; return where each version answers."""
    write_services(up.services)
    answering: dict[str, tuple[str, int]] = {}
    _until(lambda: _fill(answering, up), "two ready instances")
    document: dict[str, Any] = {
        "kind": "Gateway",
        "name": GATEWAY,
        "hosts": [HOST],
        "routes": [
            {"service": GATEWAY, "version": version, "weight": weight}
            for version, weight in zip(VERSIONS, ("100%", "0%"), strict=True)
        ],
    }
    up.call("PUT", f"gateways/{GATEWAY}", json=document).raise_for_status()
    for address in up.addresses:
        _until(lambda: _is_served((address, up.shared_port)), "the gateway")  # noqa: B023 called here
    return answering


def _fill(answering: dict[str, tuple[str, int]], up: Booted) -> bool:
    answer = up.call("GET", f"services/{GATEWAY}")
    for version in answer.json()["versions"] if answer.ok else ():
        for instance in version["instances"]:
            if instance["is_ready"]:
                answering[version["version"]] = (instance["host"], instance["port"])
    return len(answering) == len(VERSIONS)


def _is_served(address: tuple[str, int]) -> bool:
    try:
        connection = Asking(address)
    except OSError:
        return False
    try:
        return b" 200 " in connection.ask(get(HOST))[:20]
    finally:
        connection.close()


def _until(is_so: Any, what: str) -> None:
    deadline = time.monotonic() + LIMIT_S * 2
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {LIMIT_S * 2:g} s for {what}")
        time.sleep(0.05)
