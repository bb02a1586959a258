"""Reads what should be served: the manifest, and only those parts whose hash is new."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateways.agent.faults import Faults
from gateways.haproxy.manifest import Manifest, ManifestEntry, manifest_key, part_key
from gateways.haproxy.part import Part, PartUnreadable, digest
from vamp.ports.errors import PortError
from vamp.ports.kv import KeyValueStore

MANIFEST_TRIES = 3
"""A part is published before the manifest lists it, so a part with another hash than listed is
read again together with the manifest, so often, before it is a fault."""

AHEAD_S = 10.0
"""A part is hinted at before the manifest lists it. For so long it is not the older one that is
wanted; after that the manifest holds, for a gateway made anew begins to count anew."""

_PAUSE_S = 0.02

log = logging.getLogger("vga.fetch")


@dataclass(frozen=True, slots=True)
class FetchedPart:
    """A part as it was published, with the hash of its text."""

    part: Part
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be served.

    Attributes:
        manifest: as published.
        parts: gateway → its part: the listed one, or where that cannot be used the last that
            could; left out where there is neither.
    """

    manifest: Manifest
    parts: Mapping[str, FetchedPart]


class Fetcher:
    """Reads one environment's subtree. Used by one thread.

    Faults: kind ``store`` while it does not answer, kind ``part`` for each gateway whose published
    part cannot be used.
    """

    def __init__(
        self,
        kv: KeyValueStore,
        faults: Faults,
        *,
        organisation: str,
        environment: str,
        known: Mapping[str, FetchedPart],
    ) -> None:
        """Begin with the parts that are `known` from disk, which are not read again."""
        self._kv = kv
        self._faults = faults
        self._place = (organisation, environment)
        self._parts = dict(known)
        self._manifest_text = ""
        self._known_bad: set[tuple[str, str]] = set()
        self._wanted: Wanted | None = None
        self._ahead: dict[str, float] = {}

    @property
    def prefix(self) -> str:
        """The subtree to watch."""
        return f"{self._place[0]}/{self._place[1]}/gateways"

    def fetch(self) -> Wanted | None:
        """Return what should be served, or None where the store cannot say.

        A store without a manifest cannot say: an environment that was never published, or a store
        that lost everything, is no reason to stop serving. Cost: one read, and one a changed part.
        """
        try:
            wanted = self._read()
        except PortError as error:
            self._faults.set("store", "", f"The key-value store cannot be read: {error}")
            return None
        if wanted is not None:
            self._faults.clear("store")
        return wanted

    def fetch_hinted(self, entries: Mapping[str, ManifestEntry]) -> Wanted | None:
        """Return what should be served after a hint that these parts were published.

        Only what is certain to be newer than what is wanted is taken from a hint: a higher
        generation of a gateway that the manifest lists, with the part that it names. What a hint
        cannot tell, such as a new or a removed gateway, the manifest says.

        Args:
            entries: gateway → its part; empty where the hint names none.

        Returns:
            None where the manifest has to be read. Cost: one read a part that is newer.
        """
        if self._wanted is None or not entries:
            return None
        listed = self._wanted.manifest.entries
        newer = {}
        for gateway, entry in entries.items():
            held = listed.get(gateway)
            if held is None or (held.generation == entry.generation and held != entry):
                return None
            if held.generation < entry.generation:
                newer[gateway] = entry
        if not newer:
            return self._wanted  # the hint is old
        try:
            parts = {gateway: self._read_part(gateway, entry) for gateway, entry in newer.items()}
        except (PortError, PartUnreadable) as error:
            log.info("hint.not_followed", extra={"reason": str(error)})
            return None
        self._parts.update(parts)
        self._ahead |= dict.fromkeys(newer, time.monotonic() + AHEAD_S)
        manifest = replace(self._wanted.manifest, entries={**listed, **newer})
        self._wanted = Wanted(manifest, {**self._wanted.parts, **parts})
        return self._wanted

    def _read(self) -> Wanted | None:
        bad: dict[str, str] = {}
        manifest = Manifest()
        for attempt in range(MANIFEST_TRIES):
            if attempt:
                time.sleep(_PAUSE_S)
            entry = self._kv.get(manifest_key(*self._place))
            if entry is None:
                self._faults.set("store", "", "Nothing is published for this environment yet")
                return None
            if entry.value == self._manifest_text and self._wanted is not None:
                return self._wanted
            try:
                manifest = Manifest.from_json(entry.value)
            except ValueError as error:
                self._faults.set("store", "", f"The manifest cannot be used: {error}")
                return None
            bad = self._read_parts(manifest)
            listed = {(gateway, manifest.entries[gateway].sha256) for gateway in bad}
            if listed <= self._known_bad:
                self._manifest_text = "" if bad else entry.value  # a bad one is asked for again
                break
        self._known_bad = {(gateway, manifest.entries[gateway].sha256) for gateway in bad}
        for gateway, message in bad.items():
            self._faults.set("part", gateway, message)
        self._faults.keep_only("part", frozenset(bad))
        self._parts = {name: p for name, p in self._parts.items() if name in manifest.entries}
        self._wanted = Wanted(manifest, dict(self._parts))
        return self._wanted

    def _read_parts(self, manifest: Manifest) -> dict[str, str]:
        """Read what is new; return gateway → why its part cannot be used."""
        bad = {}
        for gateway, entry in manifest.entries.items():
            known = self._parts.get(gateway)
            if known is not None and known.sha256 == entry.sha256:
                self._ahead.pop(gateway, None)
                continue
            if known is not None and self._is_ahead(gateway, known, entry):
                continue
            try:
                self._parts[gateway] = self._read_part(gateway, entry)
            except PartUnreadable as error:
                bad[gateway] = f"The published part cannot be used: {error}"
        return bad

    def _is_ahead(self, gateway: str, known: FetchedPart, listed: ManifestEntry) -> bool:
        """Tell whether a hint was quicker than the manifest, which will list its part yet."""
        until = self._ahead.get(gateway, 0.0)
        if listed.generation < known.part.generation and time.monotonic() < until:
            return True
        self._ahead.pop(gateway, None)
        return False

    def _read_part(self, gateway: str, listed: ManifestEntry) -> FetchedPart:
        entry = self._kv.get(part_key(*self._place, gateway))
        if entry is None:
            raise PartUnreadable("it is listed in the manifest and is not there")
        if digest(entry.value) != listed.sha256:
            raise PartUnreadable("its text is not the one that the manifest lists")
        part = Part.from_json(entry.value)
        if part.gateway != gateway:
            raise PartUnreadable(f"it is the part of {part.gateway}")
        return FetchedPart(part, listed.sha256)
