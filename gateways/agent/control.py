"""The loop that keeps HAProxy alive and at what is wanted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from queue import SimpleQueue

from gateways.agent.apply import Applier
from gateways.agent.backoff import Backoff
from gateways.agent.faults import Faults
from gateways.agent.fetch import FetchedPart, Fetcher, Wanted
from gateways.agent.runtime import RuntimeUnavailable
from gateways.agent.served import Served
from gateways.agent.store import Store
from gateways.agent.structure import Structure
from gateways.agent.supervise import HAProxy, ReloadFailed, StartFailed
from gateways.agent.turns import PendingReload, due_at, pending, place_of
from gateways.haproxy.manifest import Manifest, ManifestEntry

QUIET_S = 1.0
"""After so long without a change the files for HAProxy's next start are brought up to date."""

_WATCH_MASTER_S = 0.25
_ASK_OTHERS_S = 0.05

log = logging.getLogger("vga.control")


class Control:
    """The thread that changes HAProxy; nothing else does.

    Faults for the agent as a whole: ``haproxy`` while it does not run or answer.

    Attributes:
        beat: called at every turn.
    """

    def __init__(
        self,
        name: str,
        haproxy: HAProxy,
        store: Store,
        served: Served,
        structure: Structure,
        applier: Applier,
        fetcher: Fetcher,
        faults: Faults,
        *,
        poll_interval_s: float,
        applied_by_others: Callable[[], Mapping[str, int]],
        ask_others: Callable[[], None],
    ) -> None:
        self._name = name
        self._haproxy = haproxy
        self._store = store
        self._served = served
        self._structure = structure
        self._applier = applier
        self._fetcher = fetcher
        self._faults = faults
        self._poll_interval_s = poll_interval_s
        self._applied_by_others = applied_by_others
        self._ask_others = ask_others
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-control", daemon=True)
        self._wanted: Wanted | None = None
        self._waiting: PendingReload | None = None
        self._fetch_due = 0.0
        self._changed_at = time.monotonic()
        self._restart = Backoff(0.2, 10.0)
        self._manifest_is_behind = False
        self._in_doubt = False
        self._hints: SimpleQueue[Mapping[str, ManifestEntry]] = SimpleQueue()
        self.beat: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hint(self, entries: Mapping[str, ManifestEntry] | None = None) -> None:
        """Say that something may have been published.

        Args:
            entries: gateway → its new part, where that is known; see `Fetcher.fetch_hinted`.
        """
        self._hints.put(entries or {})
        self._wake.set()

    def stop(self) -> None:
        """End the loop; HAProxy is left as it is."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        failures = Backoff(0.1, 5.0)
        adopted = False
        while not self._stopping.is_set():
            self.beat()
            try:
                if not adopted:
                    self._begin()
                    adopted = True
                wait_s = self._step()
                failures.succeeded()
            except ReloadFailed as error:
                self._faults.set("reload", "", f"HAProxy could not reload: {error}")
                wait_s = self._restart.failed()
            except RuntimeUnavailable as error:
                self._in_doubt = True
                self._faults.set("haproxy", "", f"HAProxy does not answer: {error}")
                wait_s = failures.failed()
            except StartFailed as error:
                self._faults.set("haproxy", "", f"HAProxy does not start: {error}")
                wait_s = self._restart.failed()
            except Exception as error:
                # Whatever it is, HAProxy serves on, and the next round may find it mended.
                log.exception("control.failed")
                self._faults.set("agent", "", f"The agent failed: {error!r}")
                wait_s = failures.failed()
            self._wake.wait(wait_s)
            self._wake.clear()

    def _begin(self) -> None:
        """Take over a HAProxy that runs; else start it with what the store or the disk has."""
        if not self._haproxy.adopt():
            return
        if not self._served.is_running(self._haproxy.worker_pid()):
            self._structure.reload_unknown()
        self._applier.adopt()

    def _step(self) -> float:
        """Do what is due; return how long there is nothing to do, in seconds."""
        self._follow_hints()
        now = time.monotonic()
        if now >= self._fetch_due:
            self._fetch_due = now + self._poll_interval_s
            self._structure.look_at_held_ports()
            self._fetch()
        wanted = self._wanted
        if wanted is None:
            return self._fetch_due - time.monotonic()
        if not self._haproxy.is_alive():
            self._apply_structure(wanted)
        if self._in_doubt:
            self._applier.make_sure()
            self._in_doubt = False
        structural = self._applier.apply_runtime(wanted)
        if self._structure.is_due(wanted, structural):
            return self._wait_or_reload(wanted, structural)
        self._waiting = None
        for kind in ("haproxy", "agent", "reload"):
            self._faults.clear(kind)
        self._restart.succeeded()
        self._catch_up(wanted)
        return max(0.0, min(_WATCH_MASTER_S, self._fetch_due - time.monotonic()))

    def _follow_hints(self) -> None:
        """Take what was hinted at; where that does not do, have the manifest read."""
        hinted: dict[str, ManifestEntry] = {}
        is_enough = True
        while not self._hints.empty():
            entries = self._hints.get()
            is_enough = is_enough and bool(entries)
            for gateway, entry in entries.items():
                if gateway not in hinted or hinted[gateway].generation <= entry.generation:
                    hinted[gateway] = entry
        if is_enough and not hinted:
            return
        found = self._fetcher.fetch_hinted(hinted) if is_enough else None
        if found is None:
            self._fetch_due = 0.0
        elif found is not self._wanted:
            self._wanted = found
            self._manifest_is_behind = True
            self._changed_at = time.monotonic()

    def _fetch(self) -> None:
        found = self._fetcher.fetch()
        if found is None:
            if self._wanted is None:
                # Nothing is known of what should be: serve what was served last.
                manifest = self._store.manifest() or Manifest()
                self._wanted = Wanted(manifest, self._served.fetched())
            return
        if found is not self._wanted:
            self._manifest_is_behind = True
            self._changed_at = time.monotonic()
        if self._wanted is None or _frame(found) != _frame(self._wanted):
            self._keep_manifest(found)
        self._wanted = found

    def _keep_manifest(self, wanted: Wanted) -> None:
        self._store.keep_manifest(wanted.manifest)
        self._manifest_is_behind = False

    def _catch_up(self, wanted: Wanted) -> None:
        """In a quiet moment, do what can wait."""
        if time.monotonic() - self._changed_at > QUIET_S:
            self._applier.catch_up()
            if self._manifest_is_behind:
                self._keep_manifest(wanted)
            self._changed_at = time.monotonic()

    def _wait_or_reload(self, wanted: Wanted, structural: list[FetchedPart]) -> float:
        now = time.monotonic()
        generations = {f.part.gateway: f.part.generation for f in structural}
        self._waiting = pending(self._waiting, generations, now)
        place = place_of(self._name, wanted.manifest.agents)
        due = due_at(self._waiting, place=place, applied_by_others=self._applied_by_others())
        if now < due:
            if place:
                self._ask_others()
            return max(0.0, min(due - now, _ASK_OTHERS_S))
        self._apply_structure(wanted)
        return 0.0

    def _apply_structure(self, wanted: Wanted) -> None:
        self._waiting = None
        self._changed_at = time.monotonic()
        self._applier.apply_structure(wanted)


def _frame(wanted: Wanted) -> tuple[int, tuple[str, ...]]:
    """Return what of the manifest is not in the parts: without it no agent can start from disk."""
    return wanted.manifest.shared_port, wanted.manifest.agents
