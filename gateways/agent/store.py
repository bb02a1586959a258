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

from gateways.agent.places import Places, replace_text
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


class Store:
    """The agent's memory. Used by one thread; every write is whole or not there."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._manifest = places.state / "manifest.json"
        self._facts = places.state / "agent.json"
        self._worker = places.state / "worker.json"
        self._running = places.state / "running"

    def parts(self) -> Mapping[str, KeptPart]:
        """Return every part that can be read; a damaged one is left out, and fetched again."""
        found = {}
        for path in sorted(self._places.parts.glob("*.json")):
            try:
                kept = json.loads(path.read_text())
                part = Part.from_json(kept["part"])
                if digest(kept["part"]) != kept["written"]:
                    raise PartUnreadable("its hash is another")
                found[part.gateway] = KeptPart(part, kept["sha256"], int(kept["number"]))
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("part.damaged", extra={"file": path.name, "reason": str(error)})
        return found

    def keep(self, kept: KeptPart) -> None:
        """Remember a part, before HAProxy is told of it. Cost: about 0.5 ms."""
        part = kept.part.to_json()
        found = {
            "sha256": kept.sha256,
            "number": kept.number,
            "written": digest(part),
            "part": part,
        }
        replace_text(self._places.parts / f"{kept.part.gateway}.json", json.dumps(found))

    def forget(self, gateway: str) -> None:
        """Forget the part of a gateway that is no more. Idempotent."""
        (self._places.parts / f"{gateway}.json").unlink(missing_ok=True)

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
