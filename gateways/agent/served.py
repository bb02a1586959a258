"""What this agent serves, in memory and on disk, and what it refused to serve."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from gateways.agent.faults import Faults
from gateways.agent.fetch import FetchedPart, Wanted
from gateways.agent.live import LiveHAProxy
from gateways.agent.store import KeptPart, OwnFacts, Store
from gateways.agent.supervise import HAProxy
from gateways.haproxy.numbers import Placement
from gateways.haproxy.part import Part, RouteLabel

_KINDS = ("check", "probe", "port")


class Served:
    """The parts that HAProxy holds. Changed by one thread; `applied` and `labels` are read by any.

    Attributes:
        live: HAProxy with the placement that it holds.
        facts: what the agent chose for itself, with address and shared port in use.
        applied: gateway → generation that is served.
        labels: backend → what it stands for.
    """

    def __init__(
        self,
        haproxy: HAProxy,
        store: Store,
        faults: Faults,
        facts: OwnFacts,
        on_applied: Callable[[], None],
    ) -> None:
        """Begin with what the disk has: HAProxy holds it already, or will be started with it."""
        kept = store.parts()
        self._haproxy = haproxy
        self._store = store
        self._faults = faults
        self._on_applied = on_applied
        self._hashes = {name: part.sha256 for name, part in kept.items()}
        self._stored = dict(kept)
        self._refused: dict[str, str] = {}
        self.live = LiveHAProxy(
            haproxy,
            Placement(
                {name: part.part for name, part in kept.items()},
                {name: part.number for name, part in kept.items()},
            ),
        )
        self.facts = facts
        self.applied: Mapping[str, int] = {}
        self.labels: Mapping[str, RouteLabel] = labels_of(self.parts.values())

    @property
    def parts(self) -> Mapping[str, Part]:
        """The parts that HAProxy holds or, before it runs, held last."""
        return self.live.placement.parts

    def fetched(self, names: Iterable[str] | None = None) -> dict[str, FetchedPart]:
        """Return `parts`, or those of `names`, with their hashes."""
        parts, hashes = self.parts, self._hashes
        chosen = hashes if names is None else names
        return {
            name: FetchedPart(parts[name], hashes[name])
            for name in chosen
            if name in parts and name in hashes
        }

    def changed(self, wanted: Wanted) -> list[FetchedPart]:
        """Return the wanted parts that are not served and were not refused."""
        return [
            fetched
            for name, fetched in wanted.parts.items()
            if fetched.sha256 not in (self._hashes.get(name), self._refused.get(name))
        ]

    def gone(self, wanted: Wanted) -> frozenset[str]:
        """Return the gateways that are served and no longer wanted."""
        return frozenset(self.parts.keys() - wanted.parts.keys())

    def keep(self, parts: Sequence[FetchedPart], target: Placement) -> None:
        """Write `parts` to disk. Cost: 0.1 ms for each that is not there as it is."""
        for fetched in parts:
            name = fetched.part.gateway
            stored = KeptPart(fetched.part, fetched.sha256, target.numbers[name])
            if self._stored.get(name) != stored:
                self._store.keep(stored)
                self._stored[name] = stored
            self._hashes[name] = fetched.sha256

    def settle(self) -> None:
        """Make what is on disk survive a loss of power, in a moment in which nobody waits."""
        self._store.settle()

    def keep_facts(self) -> None:
        """Write `facts` to disk, before HAProxy is told of them."""
        self._store.keep_own_facts(self.facts)

    def restore(self, before: Mapping[str, FetchedPart]) -> None:
        """Take `keep` back: what it was told did not go live, `before` is what is served."""
        for name in self._hashes.keys() - before.keys():
            self._store.forget(name)
            self._stored.pop(name, None)
        self._hashes = {name: fetched.sha256 for name, fetched in before.items()}
        self.keep(tuple(before.values()), self.live.placement)

    def note_running(self, worker: int) -> None:
        """Note on disk that `worker` was started with the structure of what is served."""
        self._store.keep_running(worker, structure_of(self.parts.values(), self.facts))

    def is_running(self, worker: int) -> bool:
        """Tell whether `worker` is known to have the structure and facts of what is served.

        It is not if an agent ended in the middle of a reload, or the agent was given another
        address or log port meanwhile.
        """
        return self._store.running() == (worker, structure_of(self.parts.values(), self.facts))

    def started_with(self, target: Placement) -> None:
        """Note that HAProxy was started anew on `target`."""
        self.live = LiveHAProxy(self._haproxy, target)
        self._settle(target)

    def reloaded_with(self, target: Placement, *, old_worker: int) -> None:
        """Note that a reload put `target` to work and `old_worker` to its end."""
        self.live.replaced_by(old_worker, target)
        self._settle(target)

    def forget(self, gateways: Iterable[str]) -> None:
        """Remove what is wanted no more from the disk, with its faults."""
        for gateway in gateways:
            self._store.forget(gateway)
            self._stored.pop(gateway, None)
            self._refused.pop(gateway, None)
            for kind in _KINDS:
                self._faults.clear(kind, gateway)

    def discard(self, gateways: Iterable[str]) -> None:
        """Remove from the disk what went live and had to go again; its refusal and faults stay."""
        for gateway in gateways:
            self._store.forget(gateway)
            self._stored.pop(gateway, None)

    def refuse(self, kind: str, fetched: FetchedPart, message: str) -> None:
        """Do not try this very part again; what the gateway had before stays."""
        self._refused[fetched.part.gateway] = fetched.sha256
        self._faults.set(kind, fetched.part.gateway, message)

    def accept(self, parts: Iterable[Part]) -> None:
        """Note that `parts` are served as they should be: their faults are mended."""
        for part in parts:
            self._refused.pop(part.gateway, None)
            for kind in _KINDS:
                self._faults.clear(kind, part.gateway)

    def publish(self, names: Iterable[str] | None = None) -> None:
        """Make what is served known to the other threads, and have it reported.

        Args:
            names: gateways that changed; None for all, and where some are gone.
        """
        if names is None:
            self.labels = labels_of(self.parts.values())
            self.applied = {name: part.generation for name, part in self.parts.items()}
        else:
            changed = [self.parts[name] for name in names]
            self.labels = {**self.labels, **labels_of(changed)}
            self.applied = {**self.applied, **{p.gateway: p.generation for p in changed}}
        self._on_applied()

    def _settle(self, target: Placement) -> None:
        self._hashes = {name: h for name, h in self._hashes.items() if name in target.parts}


def structure_of(parts: Iterable[Part], facts: OwnFacts) -> str:
    """Return a hash of all that cannot change at run time."""
    found = hashlib.sha256(repr(facts).encode())
    for part in sorted(parts, key=lambda part: part.gateway):
        found.update(repr((part.gateway, part.sections, part.ports, sorted(part.servers))).encode())
    return found.hexdigest()


def labels_of(parts: Iterable[Part]) -> dict[str, RouteLabel]:
    """Return backend → what it stands for, over all `parts`."""
    return {backend: label for part in parts for backend, label in part.labels.items()}
