"""What HAProxy serves, and the commands that turn it into something else without a reload."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from gateways.agent.replay import as_live, map_repairs, parse_servers, read_map
from gateways.agent.runtime import RuntimeRefused, RuntimeUnavailable
from gateways.agent.supervise import HAProxy
from gateways.haproxy.assemble import MAP_NAMES, Assembled
from gateways.haproxy.difference import Change, difference
from gateways.haproxy.numbers import Placement, placed
from gateways.haproxy.part import BucketRange, Part
from gateways.haproxy.render import HOP, NO_ROUTE, NOBODY

log = logging.getLogger("vga.apply")


class NeedsReload(Exception):
    """What is wanted cannot be had at run time."""


class LiveHAProxy:
    """The worker that serves, and the older ones that finish, with what each of them holds.

    Used by one thread.

    Attributes:
        placement: what the serving worker holds.
    """

    def __init__(self, haproxy: HAProxy, placement: Placement) -> None:
        self._haproxy = haproxy
        self.placement = placement
        self._old: dict[int, Placement] = {}
        self._leaving: list[str] = []

    def change_for(self, parts: Sequence[Part]) -> tuple[Change, Placement]:
        """Return what changes when `parts` take the place of their gateways', and the result.

        Cost: hangs on the changed gateways, not on all.
        """
        held = self.placement
        new = placed(parts, before=held)
        target = Placement({**held.parts, **new.parts}, {**held.numbers, **new.numbers})
        return difference(_only(held, new.parts), new), target

    def run(self, change: Change, target: Placement) -> None:
        """Send `change` to the serving worker.

        `target` counts as its placement from here on, so after an error `repair` is due.

        Raises:
            RuntimeUnavailable: no answer; what is live is not known.
            RuntimeRefused: likewise.
        """
        self.placement = target
        self._leaving += [text for text in change.cleanup if "del server " in text]
        self._haproxy.worker.run(change.commands)

    def sweep(self) -> None:
        """Try again to remove servers that still had connections when they left.

        One that is wanted again, or gone, refuses; both are fine.
        """
        if not self._leaving:
            return
        commands, self._leaving = self._leaving, []
        wanted = {
            f"{backend}/{line.name}"
            for part in self.placement.parts.values()
            for backend, lines in part.servers.items()
            for line in lines
        }
        for text in commands:
            for command in text.strip().split("; "):
                place = command.removeprefix("del server ")
                if place not in wanted and "still has connections" in self._haproxy.worker.ask(
                    command
                ):
                    self._leaving.append(command)

    def replaced_by(self, worker: int, placement: Placement) -> None:
        """Note that a reload made `worker` an old one, and that the new one holds `placement`."""
        self._old[worker] = self.placement
        self._leaving = []
        self.placement = placement

    def change_old_workers(self, parts: Sequence[Part]) -> None:
        """Give older workers the new weights and servers, as far as their structure knows them.

        An idle connection to an old worker gets one more answer from it; after a rollback that
        must not come from the version taken back. Failures are logged: the worker is ending.
        """
        if not self._old:
            return
        try:
            present = self._haproxy.master.processes().old
        except RuntimeUnavailable:
            return
        self._old = {pid: held for pid, held in self._old.items() if pid in present}
        for pid, held in self._old.items():
            wanted = [adapted(held.parts[p.gateway], p) for p in parts if p.gateway in held.parts]
            new = placed(wanted, before=held)
            change = difference(_only(held, new.parts), new)
            if change.needs_reload or change.is_nothing:
                continue
            self._old[pid] = Placement({**held.parts, **new.parts}, {**held.numbers, **new.numbers})
            try:
                self._haproxy.master.run(pid, change.commands)
            except (RuntimeRefused, RuntimeUnavailable) as error:
                log.info("old_worker.unchanged", extra={"worker": pid, "reason": str(error)})

    def repair(self, files: Assembled) -> int:
        """Compare what the serving worker has with `placement` and send what differs.

        Args:
            files: those of `placement`.

        Returns:
            How many commands it took; 0 if all was as it should be.

        Raises:
            RuntimeUnavailable: no answer.
            RuntimeRefused: a repair was refused.
            NeedsReload: a server cannot be had at run time.
        """
        worker = self._haproxy.worker
        additions: list[str] = []
        changes: list[str] = []
        removals: list[str] = []
        for name in MAP_NAMES:
            found = map_repairs(name, read_map(worker, name), files.maps.get(name, ()))
            for commands, more in zip((additions, changes, removals), found, strict=True):
                commands += more
        seen, wake = as_live(self.placement.parts, parse_servers(worker.ask("show servers state")))
        servers = difference(Placement(seen, self.placement.numbers), self.placement)
        if servers.needs_reload:
            raise NeedsReload
        commands = [*servers.commands, *wake, *additions, *changes, *removals]
        worker.run(commands)
        if commands:
            log.warning("runtime.repaired", extra={"commands": len(commands)})
        return len(commands)


def adapted(held: Part, wanted: Part) -> Part:
    """Return `held` with what of `wanted` its structure can take: servers, weights, strengths.

    So a worker that a reload is about to replace, or has replaced, sends nobody to a version whose
    weight was taken away. Of a condition that is gone nobody is drawn any more, and a gateway that
    has no frontend of its own any more is looked up instead of being handed over: the next worker
    does not listen on its internal socket.
    """
    servers = {name: wanted.servers.get(name, lines) for name, lines in held.servers.items()}
    known = {NO_ROUTE, *held.servers, *held.labels}
    layouts = {
        draw: _layout_for(known, ranges, wanted.layouts.get(draw, NOBODY))
        for draw, ranges in held.layouts.items()
    }
    return replace(held, servers=servers, layouts=layouts, maps=_maps_for(held, wanted))


def _layout_for(
    known: Set[str], held: tuple[BucketRange, ...], wanted: tuple[BucketRange, ...]
) -> tuple[BucketRange, ...]:
    return wanted if {item.backend for item in wanted} <= known else held


def _maps_for(held: Part, wanted: Part) -> Mapping[str, Mapping[str, str]]:
    kinds, new_kinds = held.maps.get("kinds.map", {}), wanted.maps.get("kinds.map", {})
    if HOP in kinds.values() and HOP not in new_kinds.values():
        return {**held.maps, "kinds.map": new_kinds}
    return held.maps


def _only(placement: Placement, names: Iterable[str]) -> Placement:
    found = [name for name in names if name in placement.parts]
    return Placement(
        {name: placement.parts[name] for name in found},
        {name: placement.numbers[name] for name in found if name in placement.numbers},
    )
