"""Brings HAProxy to what is wanted: at run time where it can, by a reload where structure changes.

Nothing goes live that HAProxy's check refuses, nothing stays that fails its probe, and one bad
gateway holds up no other: it keeps its last good part, and a fault says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from gateways.agent.fetch import FetchedPart, Wanted
from gateways.agent.live import adapted
from gateways.agent.probing import Prober
from gateways.agent.runtime import RuntimeRefused
from gateways.agent.served import Served
from gateways.agent.structure import Structure
from gateways.haproxy.part import Part

log = logging.getLogger("vga.apply")


class Applier:
    """The one that changes HAProxy. Used by one thread.

    Every method may raise `RuntimeUnavailable`: HAProxy does not answer; see that it runs, and
    call again.
    """

    def __init__(self, served: Served, structure: Structure, prober: Prober) -> None:
        self._served = served
        self._structure = structure
        self._prober = prober
        self._unjudged: dict[str, FetchedPart | None] = {}
        self.files_are_behind = False

    def adopt(self) -> None:
        """Go on with a HAProxy that an earlier agent left: make sure that it holds what is kept."""
        self._structure.repair()
        parts = tuple(self._served.parts.values())
        bad = self._probe(parts)
        self._served.accept(part for part in parts if part.gateway not in bad)
        for name, wrong in bad.items():
            log.warning("probe.failed", extra={"gateway": name, "reason": wrong})
        self._served.publish()

    def make_sure(self) -> None:
        """After a call without an answer: have HAProxy hold what it was sent, and judge that."""
        self._structure.repair()
        self._judge_sent()

    def apply_runtime(self, wanted: Wanted) -> list[FetchedPart]:
        """Apply what needs no reload, at once; return what is left.

        Of a change of structure too, what the present structure can take is applied at once:
        weights and strengths, so that a rollback does not wait for a reload.

        Cost: about 0.5 ms for one gateway's weights.
        """
        quick: list[FetchedPart] = []
        structural: list[FetchedPart] = []
        for fetched in self._served.changed(wanted):
            change, _ = self._served.live.change_for([fetched.part])
            (structural if change.needs_reload else quick).append(fetched)
        if quick:
            self._at_run_time(quick)
        if near := [found for fetched in structural if (found := self._near(fetched))]:
            self._send(near)
            self.files_are_behind = True
        return structural

    def apply_structure(self, wanted: Wanted) -> None:
        """Apply everything, with a reload, or with a start where HAProxy does not run.

        Raises:
            StartFailed: HAProxy cannot be started at all.
        """
        before = self._served.fetched()
        new = self._structure.apply(wanted)
        self._structure.repair()
        if bad := self._judge(new):
            self._structure.take_back(bad, before)
        self._unjudged.clear()
        self.files_are_behind = False
        self._served.publish()

    def catch_up(self) -> None:
        """Do what can wait for a quiet moment: the disk, files for the next start, old servers."""
        self._served.settle()
        self._served.live.sweep()
        if self.files_are_behind:
            self._structure.write_files()
            self.files_are_behind = False

    def _near(self, wanted: FetchedPart) -> FetchedPart | None:
        """Return what is served of a gateway with the weights that are wanted, if that is news.

        It goes by the hash of what is served, so the change of structure stays due.
        """
        name = wanted.part.gateway
        held = self._served.fetched([name]).get(name)
        if held is None:
            return None
        near = FetchedPart(adapted(held.part, wanted.part), held.sha256)
        change, _ = self._served.live.change_for([near.part])
        return None if change.needs_reload or change.is_nothing else near

    def _at_run_time(self, quick: Sequence[FetchedPart]) -> None:
        names = [fetched.part.gateway for fetched in quick]
        before = self._served.fetched(names)
        # Kept until it is judged: HAProxy may not answer, and `make_sure` goes on from here.
        self._unjudged = {name: before.get(name) for name in names} | self._unjudged
        self.files_are_behind = True
        self._send(quick)
        self._judge_sent()

    def _judge_sent(self) -> None:
        """Probe what was sent at run time, take back what does not answer as it should, say so."""
        if not self._unjudged:
            return
        bad = self._judge(self._served.fetched(self._unjudged))
        if good := [before for name in bad if (before := self._unjudged[name])]:
            self._send(good)
        changed = self._served.fetched(self._unjudged)
        self._unjudged = {}
        self._served.publish(changed)

    def _send(self, parts: Sequence[FetchedPart]) -> None:
        live = self._served.live
        change, target = live.change_for([fetched.part for fetched in parts])
        self._served.keep(parts, target)
        try:
            live.run(change, target)
        except RuntimeRefused as error:
            log.warning("runtime.refused", extra={"reason": str(error)})
            self._structure.repair()
        live.change_old_workers([fetched.part for fetched in parts])

    def _judge(self, new: Mapping[str, FetchedPart]) -> dict[str, FetchedPart]:
        """Probe what is new; refuse and return what does not answer as it should."""
        wrong = self._probe([fetched.part for fetched in new.values()])
        for name, words in wrong.items():
            self._served.refuse("probe", new[name], f"Taken back, because {words}")
        self._served.accept(f.part for name, f in new.items() if name not in wrong)
        return {name: new[name] for name in wrong}

    def _probe(self, parts: Iterable[Part]) -> dict[str, str]:
        port = self._served.facts.shared_port
        found = {part.gateway: self._prober.probe(part, shared_port=port) for part in parts}
        return {gateway: words for gateway, words in found.items() if words}
