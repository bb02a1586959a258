"""Changes of structure: new files, HAProxy's check, then a reload, or a start where it is down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateways.agent.culprits import culprits
from gateways.agent.faults import Faults
from gateways.agent.fetch import FetchedPart, Wanted
from gateways.agent.files import assembled, write_candidate, write_live
from gateways.agent.live import LiveHAProxy, NeedsReload
from gateways.agent.places import Places
from gateways.agent.processes import held_ports
from gateways.agent.runtime import RuntimeRefused, RuntimeUnavailable
from gateways.agent.served import Served
from gateways.agent.supervise import HAProxy, ReloadFailed, StartFailed
from gateways.haproxy.numbers import Placement, placed

log = logging.getLogger("vga.structure")

Parts = Mapping[str, FetchedPart]


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
    """Starts and reloads HAProxy. Used by one thread; `reloads` is read by any.

    Faults, by gateway: ``check`` (HAProxy refuses it), ``port`` (another process holds its port;
    with no gateway: the shared one).

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
        self._held: dict[str, frozenset[int]] = {}
        self.reloads = 0

    def is_due(self, wanted: Wanted, structural: Sequence[FetchedPart]) -> bool:
        """Tell whether there is a reason to start or reload HAProxy."""
        shared = wanted.manifest.shared_port
        moved = shared != self._served.facts.shared_port
        return bool(
            any(
                not self._is_held(part.gateway, part.ports) for part in (f.part for f in structural)
            )
            or (moved and not self._is_held("", (shared,)))
            or self._served.gone(wanted)
            or not self._haproxy.is_alive()
        )

    def _is_held(self, gateway: str, ports: Iterable[int]) -> bool:
        """Tell whether one of `ports` is still the one that hindered `gateway`."""
        return bool(self._held.get(gateway, frozenset()).intersection(ports))

    def look_at_held_ports(self) -> None:
        """Find out which ports that other processes held are free by now; they are tried again."""
        ports = frozenset[int]().union(*self._held.values())
        if ports:
            still = held_ports(self._served.facts.bind, ports, ours=self._haproxy.pids())
            self._held = {name: held for name, held in self._held.items() if held & still}

    def apply(self, wanted: Wanted) -> Parts:
        """Bring all of `wanted` to life; what the check refuses or a port hinders is left out.

        Returns:
            What is new in HAProxy, for the caller to probe.

        Raises:
            StartFailed: HAProxy cannot be started at all.
            ReloadFailed: not even what is served already can be reloaded.
            RuntimeUnavailable: it does not answer; call again.
        """
        facts = self._served.facts
        try:
            return self._apply(wanted)
        except (StartFailed, ReloadFailed):
            self._served.facts = facts
            self._served.keep_facts()
            raise

    def _apply(self, wanted: Wanted) -> Parts:
        is_start = not self._haproxy.is_alive()
        facts = self._served.facts
        before = self._served.fetched()
        still = {name: part for name, part in before.items() if name in wanted.parts}
        base: Parts = {} if is_start else still
        new = dict(wanted.parts) if is_start else _by_name(self._served.changed(wanted))
        hindered = self._hindered(wanted, new, is_start=is_start)
        good = self._checked(base, {n: p for n, p in new.items() if n not in hindered})
        if is_start:
            last = {n: p for n, p in still.items() if n not in good and n not in hindered}
            good |= self._checked(good, last)
        gone = before.keys() - wanted.parts.keys()
        live: Parts = {}
        if good or gone or is_start or self._served.facts != facts:
            live = self._live_with(base, good)
        self._served.forget(gone)
        return live

    def take_back(self, bad: Parts, before: Parts) -> None:
        """Return the gateways of `bad` to what they were `before`, or to nothing."""
        served = {n: p for n, p in self._served.fetched().items() if n not in bad}
        self._live_with(served, {n: before[n] for n in bad if n in before})
        self._served.discard(bad.keys() - before.keys())

    def repair(self) -> None:
        """Make the worker hold what is served, at run time or else by a reload.

        Raises:
            RuntimeUnavailable: it does not answer.
        """
        live = self._served.live
        try:
            live.repair(assembled(live.placement, self._places, self._served.facts))
        except (RuntimeRefused, NeedsReload) as error:
            log.warning("repair.by_reload", extra={"reason": str(error)})
            self.reload()

    def reload(self) -> None:
        """Reload with what is served, for settings that only files can change.

        Raises:
            ReloadFailed: it did not work.
        """
        self._live_with(self._served.fetched(), {})

    def reload_unknown(self) -> None:
        """Reload a HAProxy of which it is not known what it holds, with what was kept.

        Raises:
            ReloadFailed: it did not work.
        """
        parts, live = self._served.fetched(), self._served.live
        self._served.live = LiveHAProxy(self._haproxy, Placement())
        try:
            self._live_with(parts, {})
        except ReloadFailed:
            self._served.live = live
            raise

    def write_files(self) -> None:
        """Bring the files that HAProxy reads at a start in line with what it holds at run time."""
        placement = self._served.live.placement
        write_live(assembled(placement, self._places, self._served.facts), self._places)

    def _hindered(self, wanted: Wanted, new: Parts, *, is_start: bool) -> frozenset[str]:
        """Set the shared port; return the gateways whose ports another process holds."""
        facts = self._served.facts
        shared = wanted.manifest.shared_port
        asked = {port for fetched in new.values() for port in fetched.part.ports}
        if shared and (is_start or shared != facts.shared_port):
            asked.add(shared)
        held = held_ports(facts.bind, asked, ours=self._haproxy.pids())
        self._held = {
            name: frozenset(fetched.part.ports) & held
            for name, fetched in new.items()
            if held.intersection(fetched.part.ports)
        }
        for name, ports in self._held.items():
            self._faults.set("port", name, _held_message(facts.bind, ports))
        if shared in held:
            self._held[""] = frozenset({shared})
            self._faults.set("port", "", _held_message(facts.bind, {shared}))
            self._served.facts = replace(facts, shared_port=0 if is_start else facts.shared_port)
        else:
            self._faults.clear("port")
            self._served.facts = replace(facts, shared_port=shared)
        return frozenset(self._held)

    def _checked(self, base: Parts, new: Parts) -> dict[str, FetchedPart]:
        """Return those of `new` that pass HAProxy's check together with `base`; refuse the others."""

        def check(names: Sequence[str]) -> str:
            target = self._target({**base, **{name: new[name] for name in names}})
            try:
                files = assembled(target, self._places, self._served.facts)
            except ValueError as error:
                return str(error)
            return self._haproxy.check(write_candidate(files, self._places))

        return self._passing(new, check)

    def _live_with(self, base: Parts, new: Parts) -> Parts:
        """Make `base` and `new` live; return those of `new` that are."""

        def go_live(names: Sequence[str]) -> str:
            return self._go_live({**base, **{name: new[name] for name in names}})

        live = self._passing(new, go_live)
        if not live and (wrong := go_live(())):
            raise (ReloadFailed if self._haproxy.is_alive() else StartFailed)(wrong)
        return live

    def _passing(
        self, new: Parts, attempt: Callable[[Sequence[str]], str]
    ) -> dict[str, FetchedPart]:
        bad = culprits(sorted(new), attempt)
        for name, wrong in bad.items():
            self._served.refuse("check", new[name], f"HAProxy refuses it: {wrong}")
        return {name: fetched for name, fetched in new.items() if name not in bad}

    def _go_live(self, parts: Parts) -> str:
        """Write the files of `parts` and start or reload; return what went wrong, if anything."""
        target = self._target(parts)
        before = self._served.fetched()
        # On disk first: an agent that is started again after a sudden end needs what HAProxy has.
        self._served.keep(tuple(parts.values()), target)
        self._served.keep_facts()
        write_live(assembled(target, self._places, self._served.facts), self._places)
        try:
            if self._haproxy.is_alive():
                self._reload(target)
            else:
                self._haproxy.start()
                self._served.started_with(target)
        except (ReloadFailed, StartFailed, RuntimeUnavailable) as error:
            self._served.restore(before)
            self.write_files()
            if isinstance(error, RuntimeUnavailable):
                raise
            return str(error)
        self._served.note_running(self._haproxy.worker_pid())
        return ""

    def _reload(self, target: Placement) -> None:
        worker = 0

        def before(pid: int) -> None:
            nonlocal worker
            worker = pid
            self._stop_watch.before(pid)

        try:
            self._haproxy.reload(before=lambda found: before(found.worker))
        except ReloadFailed:
            self._stop_watch.failed(worker)
            raise
        self._served.reloaded_with(target, old_worker=worker)
        self.reloads += 1

    def _target(self, parts: Parts) -> Placement:
        return placed(
            [fetched.part for fetched in parts.values()], before=self._served.live.placement
        )


def _by_name(parts: Sequence[FetchedPart]) -> dict[str, FetchedPart]:
    return {fetched.part.gateway: fetched for fetched in parts}


def _held_message(address: str, ports: frozenset[int] | set[int]) -> str:
    listed = ", ".join(str(port) for port in sorted(ports))
    return f"Another process listens at {address} on port {listed}; end it or choose another port"
