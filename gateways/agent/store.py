"""What the agent remembers on disk: the last good part of each gateway, and facts about itself.

With it a restarted agent serves without the key-value store, and knows what its HAProxy runs. The
files that HAProxy reads are made from it and never read back.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from gateways.agent.places import Places, make_durable, replace_text
from gateways.haproxy.manifest import Manifest
from gateways.haproxy.part import Part, PartUnreadable, digest

log = logging.getLogger("vga.store")


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part as it was applied.

    Attributes:
        part: the part itself.
        sha256: of the text that was published; `part` differs from it in its weights where those
            of a later one were applied ahead of its structure.
        number: N under which its layouts stand in HAProxy's look-up tables.
    """

    part: Part
    sha256: str
    number: int


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What an agent chooses once and keeps, since a running HAProxy knows it.

    Attributes:
        log_port: loopback port to which log lines are sent; 0 before one is chosen.
        probe_secret: value of the probe header.
        shared_port: the shared port that HAProxy was last started or reloaded with.
        bind: the address, likewise.
    """

    log_port: int
    probe_secret: str
    shared_port: int = 0
    bind: str = ""


_SETTLED, _NEW = ".json", ".new"
"""Names of a part's files end so: of the one that a loss of power leaves, and of a newer one."""


class Store:
    """The agent's memory. Used by one thread; every write is whole or not there."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._unsettled: set[str] = set()
        self._manifest = places.state / "manifest.json"
        self._facts = places.state / "agent.json"
        self._worker = places.state / "worker.json"
        self._running = places.state / "running"

    def parts(self) -> Mapping[str, KeptPart]:
        """Return every part that can be read; a damaged one is left out, and fetched again.

        Of a gateway with a part that was not settled when the power went, the one before is
        returned where that one is damaged.
        """
        found = {}
        files = sorted(self._places.parts.iterdir()) if self._places.parts.is_dir() else []
        for end in (_SETTLED, _NEW):
            for path in files:
                if path.suffix != end or path.name.startswith("."):
                    continue
                kept = _read(path)
                if kept is None:
                    continue
                found[kept.part.gateway] = kept
                if end == _NEW:
                    self._unsettled.add(kept.part.gateway)
        return found

    def keep(self, kept: KeptPart) -> None:
        """Remember a part, before HAProxy is told of it. Cost: about 0.1 ms.

        It survives the end of this process, however that ends, and a loss of power once `settle`
        was called: waiting for the disk would hold up what is to be live.
        """
        part = kept.part.to_json()
        found = {
            "sha256": kept.sha256,
            "number": kept.number,
            "written": digest(part),
            "part": part,
        }
        name = kept.part.gateway
        replace_text(self._file(name, _NEW), json.dumps(found), durable=False)
        self._unsettled.add(name)

    def settle(self) -> None:
        """Make the kept parts survive a loss of power. Cost: about 0.5 ms for each new one."""
        for gateway in sorted(self._unsettled):
            make_durable(self._file(gateway, _NEW), self._file(gateway, _SETTLED))
            self._unsettled.discard(gateway)

    def forget(self, gateway: str) -> None:
        """Forget the part of a gateway that is no more. Idempotent."""
        self._unsettled.discard(gateway)
        for end in (_NEW, _SETTLED):
            self._file(gateway, end).unlink(missing_ok=True)

    def _file(self, gateway: str, end: str) -> Path:
        return self._places.parts / f"{gateway}{end}"

    def manifest(self) -> Manifest | None:
        """Return the last manifest, or None where there was none or it cannot be read."""
        try:
            return Manifest.from_json(self._manifest.read_text())
        except (OSError, ValueError):
            return None

    def keep_manifest(self, manifest: Manifest) -> None:
        """Remember the manifest."""
        replace_text(self._manifest, manifest.to_json())

    def own_facts(self) -> OwnFacts:
        """Return what this agent chose for itself; new facts where there are none."""
        try:
            return OwnFacts(**json.loads(self._facts.read_text()))
        except (OSError, ValueError, TypeError):
            return OwnFacts(log_port=0, probe_secret=secrets.token_urlsafe(24))

    def keep_own_facts(self, facts: OwnFacts) -> None:
        """Remember them."""
        replace_text(self._facts, json.dumps(asdict(facts)))

    def keep_running(self, worker: int, structure: str) -> None:
        """Remember which worker was started with which structure."""
        replace_text(self._worker, json.dumps([worker, structure]))

    def running(self) -> tuple[int, str]:
        """Return what `keep_running` was told last; a worker of 0 if nothing."""
        try:
            worker, structure = json.loads(self._worker.read_text())
            return int(worker), str(structure)
        except (OSError, ValueError, TypeError):
            return 0, ""

    def begin(self) -> bool:
        """Note that an agent runs; tell whether the one before it ended in good order."""
        was_ordered = not self._running.exists()
        self._running.touch()
        return was_ordered

    def end(self) -> None:
        """Note that the agent ended in good order."""
        self._running.unlink(missing_ok=True)


def _read(path: Path) -> KeptPart | None:
    """Return the part in a file; None, with a word in the log, where the file is damaged."""
    try:
        kept = json.loads(path.read_text())
        part = Part.from_json(kept["part"])
        if digest(kept["part"]) != kept["written"]:
            raise PartUnreadable("its hash is another")
        return KeptPart(part, kept["sha256"], int(kept["number"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("part.damaged", extra={"file": path.name, "reason": str(error)})
        return None
