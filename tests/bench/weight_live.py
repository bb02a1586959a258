"""``weight-live.*``: weights put through the API until a request is answered by them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Final

from gateways.management.booting import Booted, booted
from gateways.management.sites import EMBEDDED, Site
from tests.bench.asking import Asking, first_with_ms, get
from tests.bench.demo_gateway import GATEWAY, HOST, VERSIONS, begin
from tests.bench.hops import Change, trace_ms
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.plain_split import plain_split
from tests.bench.proxy import short_folder
from tests.bench.running import Tell

CHANGES: Final = 100
WARM_UP: Final = 10
PAUSE_S: Final = 0.25
"""Between two changes, so that the one before is over and done, reported and written down."""

TARGET_MS: Final = 60.0
LIMIT_S: Final = 20.0
ROUTES: Final = tuple(f"{GATEWAY}-{version}" for version in VERSIONS)


@contextmanager
def embedded() -> Iterator[Site]:
    """Give a site on embedded stores."""
    yield EMBEDDED


def measure(
    tell: Tell,
    place: Callable[[], AbstractContextManager[Site]] = embedded,
    *,
    target_ms: float = TARGET_MS,
) -> Measurement:
    """Move all traffic from one version to the other and back; a plain HAProxy beside, by turns.

    Args:
        tell: what is being done.
        place: opens the site on which the installation keeps its stores.
        target_ms: for the median.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        tell("booting an installation")
        site = stack.enter_context(place())
        variables = {**site.variables, "VAMP_LOG_FORMAT": "json"}
        up = stack.enter_context(booted(folder / "up", site=replace(site, variables=variables)))
        answering = begin(up)
        tell("starting a plain HAProxy")
        plain = stack.enter_context(plain_split(folder, answering))
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
        trace = trace_ms(up, changes)
    sent = [change.live_ms - change.sent_ms for change in changes]
    return Measurement(
        [change.live_ms - change.accepted_ms for change in changes],
        "ms",
        floors,
        Target(target_ms),
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

    def change(self, number: int) -> Change:
        """Give everything to the other version; ask the agents by turns when it is live."""
        wanted = number % 2
        sent = time.time()
        request_id = f"change-{number}"
        answer = self._api.ask(self._request(wanted, request_id))
        accepted = time.time()
        if b" 200 " not in answer[:20]:
            raise ValueError(f"the API refuses the weights: {answer[-500:]!r}")
        version = VERSIONS[wanted].encode()
        agent = self._agents[number // 2 % len(self._agents)]
        took_ms = first_with_ms(agent, get(HOST), b'"version": "%s"' % version, limit_s=LIMIT_S)
        generation = json.loads(answer.partition(b"\r\n\r\n")[2])["liveness"]["desired"]
        accepted_ms = accepted * 1000
        return Change(generation, request_id, sent * 1000, accepted_ms, accepted_ms + took_ms)

    def close(self) -> None:
        """Close all connections."""
        for connection in (self._api, *self._agents):
            connection.close()

    def _request(self, wanted: int, request_id: str) -> bytes:
        weights = {route: "100%" if at == wanted else "0%" for at, route in enumerate(ROUTES)}
        body = json.dumps(weights)
        return (
            f"PUT {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._up.port}\r\n"
            f"Authorization: token {self._up.token}\r\nContent-Type: application/json\r\n"
            f"X-Request-ID: {request_id}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
