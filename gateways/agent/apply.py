"""Brings HAProxy to what is wanted: at run time where it can, by a reload where structure changes.

Nothing goes live that HAProxy's check refuses, nothing stays that fails its probe, and one bad
gateway holds up no other: it keeps its last good part, and a fault says why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateways.agent.culprits import culprits
from gateways.agent.faults import Faults
from gateways.agent.fetch import FetchedPart, Wanted
from gateways.agent.files import assembled, write_candidate, write_live
from gateways.agent.live import LiveHAProxy, NeedsReload
from gateways.agent.places import Places
from gateways.agent.probing import Prober
from gateways.agent.runtime import RuntimeRefused
from gateways.agent.store import KeptPart, OwnFacts, Store
from gateways.agent.supervise import HAProxy, ReloadFailed, StartFailed
from gateways.haproxy.numbers import Placement, placed
from gateways.haproxy.part import Part, RouteLabel

log = logging.getLogger("vga.apply")


@dataclass(frozen=True, slots=True)
class StopWatch:
    """Whom to tell around the moment at which a worker is told to stop.

    Attributes:
        before: called with the worker's process id just before.
        failed: called with it when it goes on after all.
    """

    before: Callable[[int], None]
    failed: Callable[[int], None]


class Applier:
    """The one that changes HAProxy. Used by one thread; `applied`, `labels`, `reloads` by any.

    Faults, by gateway: ``check`` (refused by HAProxy), ``probe`` (taken back after its probe),
    ``port`` (another process holds it); for the agent as a whole: ``reload``.

    Attributes:
        facts: what the agent chose for itself; holds the shared port in use.
        reloads: how many reloads succeeded since the start.
        applied: gateway → generation that HAProxy serves, probed.
        labels: backend → what it stands for.
    """

    def __init__(
        self,
        haproxy: HAProxy,
        store: Store,
        places: Places,
        faults: Faults,
        facts: OwnFacts,
        prober: Prober,
        stop_watch: StopWatch,
        on_applied: Callable[[], None],
    ) -> None:
        self._haproxy = haproxy
        self._store = store
        self._places = places
        self._faults = faults
        self._prober = prober
        self._stop_watch = stop_watch
        self._on_applied = on_applied
        kept = store.parts()
        self._hashes = {name: part.sha256 for name, part in kept.items()}
        self._refused: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._live = LiveHAProxy(
            haproxy,
            Placement(
                {name: part.part for name, part in kept.items()},
                {name: part.number for name, part in kept.items()},
            ),
        )
        self.facts = facts
        self.reloads = 0
        self.applied: Mapping[str, int] = {}
        self.labels: Mapping[str, RouteLabel] = labels_of(self._live.placement.parts.values())

    def kept(self) -> dict[str, FetchedPart]:
        """Return the parts that HAProxy serves or, before it was started, served last."""
        parts = self._live.placement.parts
        return {name: FetchedPart(parts[name], sha256) for name, sha256 in self._hashes.items()}

    def adopt(self) -> None:
        """Go on with a HAProxy that an earlier agent left: make sure that it holds what is kept.

        Raises:
            RuntimeUnavailable: it does not answer.
        """
        self._repair_or_reload()
        self._probe(list(self._live.placement.parts.values()))
        self._publish()

    def changed(self, wanted: Wanted) -> list[FetchedPart]:
        """Return the parts that are not live and have not been refused."""
        return [
            fetched
            for name, fetched in wanted.parts.items()
            if self._hashes.get(name) != fetched.sha256
            and self._refused.get(name) != fetched.sha256
            and self._held.get(name) != fetched.sha256
        ]

    def apply_runtime(self, wanted: Wanted) -> list[FetchedPart]:
        """Apply what needs no reload, at once; return what is left.

        Cost: about 1 ms for one gateway's weights, of which half is the disk.

        Raises:
            RuntimeUnavailable: HAProxy does not answer; call again.
        """
        quick, structural = [], []
        for fetched in self.changed(wanted):
            change, _ = self._live.change_for([fetched.part])
            (structural if change.needs_reload else quick).append(fetched)
        if quick:
            self._change_at_run_time(quick)
        return structural

    def needs_structure(self, wanted: Wanted, structural: Sequence[FetchedPart]) -> bool:
        """Tell whether there is a reason to start or reload HAProxy."""
        gone = self._hashes.keys() - wanted.parts.keys()
        port = wanted.manifest.shared_port
        moved = port != self.facts.shared_port and self._held.get("") != str(port)
        return bool(structural or gone or moved or not self._haproxy.is_alive())

    def apply_structure(self, wanted: Wanted) -> None:
        """Apply everything, with a reload, or a start where HAProxy does not run.

        Raises:
            StartFailed: HAProxy cannot be started at all.
            RuntimeUnavailable: it does not answer; call again.
        """
        self._check_ports(wanted)
        changed = {fetched.part.gateway: fetched for fetched in self.changed(wanted)}
        held = self._live.placement
        stay = {name: part for name, part in held.parts.items() if name in wanted.parts}

        def target(names: Iterable[str]) -> Placement:
            parts = {**stay, **{name: changed[name].part for name in names}}
            return placed(parts.values(), before=held)

        def check(names: Sequence[str]) -> str:
            try:
                return self._haproxy.check(
                    write_candidate(
                        assembled(target(names), self._places, self.facts), self._places
                    )
                )
            except ValueError as error:
                return str(error)

        bad = culprits(list(changed), check)
        self._refuse("check", bad, changed)
        good = [name for name in changed if name not in bad]

        def go_live(names: Sequence[str]) -> str:
            return self._go_live(target(names), [changed[name] for name in names])

        if good or stay.keys() != held.parts.keys() or self._is_restart_due(wanted):
            failed = culprits(good, go_live) if good else {}
            if not good and (wrong := go_live([])):
                self._faults.set("reload", "", f"HAProxy did not reload: {wrong}")
                return
            self._refuse("check", failed, changed)
            self._faults.clear("reload")
            survivors = [changed[name].part for name in good if name not in failed]
            self._after_reload(survivors)
        self._publish()

    def retry_held(self) -> None:
        """Look again whether ports that another process held are free by now."""
        self._held.clear()

    def write_files(self) -> None:
        """Bring the files that HAProxy reads at a start in line with what it holds at run time."""
        write_live(assembled(self._live.placement, self._places, self.facts), self._places)

    # -- steps of the above ------------------------------------------------------------------

    def _change_at_run_time(self, quick: Sequence[FetchedPart]) -> None:
        before = {
            f.part.gateway: FetchedPart(
                self._live.placement.parts[f.part.gateway], self._hashes[f.part.gateway]
            )
            for f in quick
            if f.part.gateway in self._hashes
        }
        self._send(quick)
        failed = self._probe([fetched.part for fetched in quick])
        if failed:
            self._refuse("probe", failed, {f.part.gateway: f for f in quick})
            self._send([before[name] for name in failed if name in before])
        self._publish()

    def _send(self, parts: Sequence[FetchedPart]) -> None:
        change, target = self._live.change_for([fetched.part for fetched in parts])
        self._keep(parts, target)
        try:
            self._live.run(change, target)
        except RuntimeRefused as error:
            log.warning("runtime.refused", extra={"reason": str(error)})
            self._live.placement = target
            self._repair_or_reload()
        self._live.change_old_workers([fetched.part for fetched in parts])

    def _keep(self, parts: Sequence[FetchedPart], target: Placement) -> None:
        for fetched in parts:
            name = fetched.part.gateway
            self._store.keep(KeptPart(fetched.part, fetched.sha256, target.numbers.get(name, 0)))
            self._hashes[name] = fetched.sha256

    def _repair_or_reload(self) -> None:
        """Make the worker hold what `placement` says, at run time or else by a reload."""
        files = assembled(self._live.placement, self._places, self.facts)
        try:
            self._live.repair(files)
        except (RuntimeRefused, NeedsReload) as error:
            log.warning("repair.by_reload", extra={"reason": str(error)})
            if wrong := self._go_live(self._live.placement, []):
                self._faults.set("reload", "", f"HAProxy did not reload: {wrong}")

    def _go_live(self, target: Placement, changed: Sequence[FetchedPart]) -> str:
        """Write the files of `target` and start or reload; return what went wrong, if anything."""
        write_live(assembled(target, self._places, self.facts), self._places)
        try:
            if self._haproxy.is_alive():
                self._reload(target)
            else:
                self._haproxy.start()
                self._live = LiveHAProxy(self._haproxy, target)
        except (ReloadFailed, StartFailed) as error:
            write_live(assembled(self._live.placement, self._places, self.facts), self._places)
            return str(error)
        for gateway in self._hashes.keys() - target.parts.keys():
            self._store.forget(gateway)
        self._hashes = {n: h for n, h in self._hashes.items() if n in target.parts}
        self._keep(changed, target)
        self._store.keep_own_facts(self.facts)
        return ""

    def _reload(self, target: Placement) -> None:
        stopping = 0

        def before(worker: int) -> None:
            nonlocal stopping
            stopping = worker
            self._stop_watch.before(worker)

        try:
            self._haproxy.reload(before=lambda found: before(found.worker))
        except ReloadFailed:
            self._stop_watch.failed(stopping)
            raise
        self._live.replaced_by(stopping, target)
        self.reloads += 1

    def _after_reload(self, changed: Sequence[Part]) -> None:
        try:
            self._live.repair(assembled(self._live.placement, self._places, self.facts))
        except (RuntimeRefused, NeedsReload) as error:
            self._faults.set("reload", "", f"HAProxy does not hold what its files say: {error}")
        self.labels = labels_of(self._live.placement.parts.values())
        failed = self._probe(changed)
        if failed:
            self._take_back(failed, changed)

    def _take_back(self, failed: Mapping[str, str], changed: Sequence[Part]) -> None:
        raise NotImplementedError

    def _probe(self, parts: Sequence[Part]) -> dict[str, str]:
        port = self.facts.shared_port
        found = {part.gateway: self._prober.probe(part, shared_port=port) for part in parts}
        for gateway, wrong in found.items():
            if not wrong:
                self._faults.clear("probe", gateway)
        return {gateway: wrong for gateway, wrong in found.items() if wrong}

    def _refuse(
        self, kind: str, bad: Mapping[str, str], changed: Mapping[str, FetchedPart]
    ) -> None:
        raise NotImplementedError

    def _check_ports(self, wanted: Wanted) -> None:
        raise NotImplementedError

    def _is_restart_due(self, wanted: Wanted) -> bool:
        raise NotImplementedError

    def _publish(self) -> None:
        raise NotImplementedError


def labels_of(parts: Iterable[Part]) -> dict[str, RouteLabel]:
    """Return backend → what it stands for, over all `parts`."""
    return {backend: label for part in parts for backend, label in part.labels.items()}
