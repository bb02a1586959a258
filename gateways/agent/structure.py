"""Changes of structure: new files, HAProxy's check, then a reload, or a start where it is down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateways.agent.culprits import culprits
from gateways.agent.faults import Faults
from gateways.agent.fetch import FetchedPart, Wanted
from gateways.agent.files import assembled, own_ports, write_candidate, write_live
from gateways.agent.places import Places
from gateways.agent.processes import held_ports
from gateways.agent.served import Served
from gateways.agent.supervise import HAProxy, ReloadFailed, StartFailed
from gateways.haproxy.numbers import Placement, placed

log = logging.getLogger("vga.structure")


@dataclass(frozen=True, slots=True)
class StopWatch:
    """Whom to tell around the moment at which a worker is told to stop.

    Attributes:
        before: called with the worker's process id just before.
        failed: called with it when it goes on after all.
    """

    before: Callable[[int], None]
    failed: Callable[[int], None]


class Structure:
    """Starts and reloads HAProxy. Used by one thread.

    Faults, by gateway: ``check`` (HAProxy refuses it), ``port`` (another process holds its port;
    with no gateway: the shared one); for the agent as a whole: ``reload``.

    Attributes:
        reloads: how many succeeded since the agent's start.
    """

    def __init__(
        self,
        haproxy: HAProxy,
        served: Served,
        places: Places,
        faults: Faults,
        stop_watch: StopWatch,
    ) -> None:
        self._haproxy = haproxy
        self._served = served
        self._places = places
        self._faults = faults
        self._stop_watch = stop_watch
        self._waiting: dict[str, frozenset[int]] = {}
        self.reloads = 0

    def is_due(self, wanted: Wanted, structural: Sequence[FetchedPart]) -> bool:
        """Tell whether there is a reason to start or reload HAProxy."""
        port = wanted.manifest.shared_port
        moved = port != self._served.facts.shared_port and "" not in self._waiting
        return bool(
            structural or moved or self._served.gone(wanted) or not self._haproxy.is_alive()
        )

    def apply(self, wanted: Wanted) -> list[FetchedPart]:
        """Bring all of `wanted` to life; what the check refuses or a port hinders is left out.

        Returns:
            The parts that are new in HAProxy, for the caller to probe.

        Raises:
            StartFailed: HAProxy runs with nothing at all of it.
            RuntimeUnavailable: it does not answer; call again.
        """
        is_start = not self._haproxy.is_alive()
        held = self._free_of_held_ports(wanted, is_start=is_start)
        served = self._served.fetched()
        base = {} if is_start else {n: p for n, p in served.items() if n in wanted.parts}
        new = {
            name: part
            for name, part in (wanted.parts if is_start else _by_name(self._served.changed(wanted))).items()
            if name not in held
        }
        good = self._checked(base, new)
        if is_start:
            last = {n: p for n, p in served.items() if n in wanted.parts and n not in {**good, **held}}
            good |= self._checked(good, last)
        live = self._live_with(base, good)
        gone = self._served.gone(wanted)
        self._served.forget((served.keys() | gone) - wanted.parts.keys())
        return live
