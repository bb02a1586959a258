"""What of an agent changes HAProxy, put together without threads, log port, store and API."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from gateways.agent.agent import SystemClock
from gateways.agent.apply import Applier
from gateways.agent.faults import Faults
from gateways.agent.fetch import FetchedPart, Wanted
from gateways.agent.places import prepare
from gateways.agent.probing import Prober
from gateways.agent.served import Served
from gateways.agent.store import OwnFacts, Store
from gateways.agent.structure import StopWatch, Structure
from gateways.agent.supervise import HAProxy
from gateways.haproxy.config import GatewayConfig
from gateways.haproxy.manifest import Manifest
from gateways.haproxy.part import Part, digest
from gateways.haproxy.render import render_part
from tests.gateways.haproxy.live import free_port

SECRET = "secret-of-the-stand"


def fetched(item: GatewayConfig | Part) -> FetchedPart:
    part = item if isinstance(item, Part) else render_part(item)
    return FetchedPart(part, digest(part.to_json()))


class Stand:
    """Ended by `stop`."""

    def __init__(self, folder: Path, program: str = "haproxy") -> None:
        found = shutil.which(program)
        assert found is not None
        self.port = free_port()
        self.places = prepare(folder / "state")
        self.store = Store(self.places)
        self.faults = Faults(SystemClock())
        self.published = 0
        self.stops: list[tuple[str, int]] = []
        self.haproxy = HAProxy(Path(found), self.places)
        self.served = Served(
            self.haproxy, self.store, self.faults, OwnFacts(0, SECRET, 0, "127.0.0.1"), self._note
        )
        self.structure = Structure(
            self.haproxy,
            self.served,
            self.places,
            self.faults,
            StopWatch(
                lambda pid: self.stops.append(("before", pid)),
                lambda pid: self.stops.append(("failed", pid)),
            ),
        )
        self.prober = Prober("127.0.0.1", SECRET, self.haproxy.pids)
        self.applier = Applier(self.served, self.structure, self.prober)

    def _note(self) -> None:
        self.published += 1

    def wanted(self, *items: GatewayConfig | Part, shared_port: int | None = None) -> Wanted:
        port = self.port if shared_port is None else shared_port
        return Wanted(Manifest({}, port), parts_by_name(map(fetched, items)))

    def messages(self) -> dict[str, str]:
        return {fault.gateway: fault.message for fault in self.faults.present()}

    def stop(self) -> None:
        self.haproxy.kill()


def parts_by_name(parts: Iterable[FetchedPart]) -> dict[str, FetchedPart]:
    return {found.part.gateway: found for found in parts}
