"""The manifest: which parts an environment has, and in which order its agents reload."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One published part: its gateway's generation, and the SHA-256 of its text."""

    generation: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an agent of this environment should serve.

    Attributes:
        entries: gateway → its part.
        shared_port: port on which hosts are served, or 0 where the environment has none.
        agents: names of the agents in the order in which they take turns at reloads.
    """

    entries: Mapping[str, ManifestEntry] = field(default_factory=dict)
    shared_port: int = 0
    agents: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the published text; the same manifest gives the same bytes."""
        return json.dumps(
            {
                "format": 1,
                "shared_port": self.shared_port,
                "agents": self.agents,
                "gateways": {name: [e.generation, e.sha256] for name, e in self.entries.items()},
            },
            sort_keys=True,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is not a manifest, or one of an unknown format.
        """
        try:
            found = json.loads(text)
            if found["format"] != 1:
                raise ValueError(f"manifest of unknown format {found['format']}")
            return cls(
                entries={name: ManifestEntry(*entry) for name, entry in found["gateways"].items()},
                shared_port=found["shared_port"],
                agents=tuple(found["agents"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a manifest: {error}") from error


def manifest_key(organisation: str, environment: str) -> str:
    """Return the key under which the environment's manifest lies."""
    return f"{organisation}/{environment}/gateways/manifest"


def part_key(organisation: str, environment: str, gateway: str) -> str:
    """Return the key under which the gateway's part lies."""
    return f"{organisation}/{environment}/gateways/parts/{gateway}"
