"""``wishes.json``: what was asked for beside the definition, by scale and restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from vamp.drivers.durable import locked
from vamp.drivers.durable import replace as replace_file

WISHES = "wishes.json"
_LOCK = "wishes.lock"
_LOCK_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How many instances were asked for, and what the definition said then.

    Of the two the newer one counts: a wish ends when the number in the definition is edited.
    """

    instances: int
    defined: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """All wishes, by ``service/version``.

    Attributes:
        scales: how many instances.
        restarts: how often a restart was asked for.
    """

    scales: Mapping[str, Scale] = field(default_factory=dict)
    restarts: Mapping[str, int] = field(default_factory=dict)

    def instances(self, service: str, version: str, *, defined: int) -> int:
        """Return how many instances to run, where the definition says `defined`."""
        wish = self.scales.get(f"{service}/{version}")
        return wish.instances if wish is not None and wish.defined == defined else defined

    def restarted(self, service: str, version: str) -> int:
        """Return how often a restart was asked for."""
        return self.restarts.get(f"{service}/{version}", 0)


def read_wishes(folder: Path) -> Wishes:
    """Return the wishes recorded in `folder`; none if there is no readable file."""
    try:
        found = json.loads((folder / WISHES).read_text())
        scales = {name: Scale(**scale) for name, scale in found["scales"].items()}
        return Wishes(scales, {name: int(times) for name, times in found["restarts"].items()})
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return Wishes()


def wish_scale(folder: Path, service: str, version: str, scale: Scale) -> None:
    """Record how many instances are wanted. Durable on return.

    Raises:
        OSError: the folder cannot be written.
    """
    name = f"{service}/{version}"
    _change(folder, lambda old: replace(old, scales={**old.scales, name: scale}))


def wish_restart(folder: Path, service: str, version: str) -> None:
    """Record that every instance is to be replaced. Durable on return.

    Raises:
        OSError: the folder cannot be written.
    """
    name = f"{service}/{version}"
    _change(
        folder,
        lambda old: replace(old, restarts={**old.restarts, name: old.restarts.get(name, 0) + 1}),
    )


def _change(folder: Path, change: Callable[[Wishes], Wishes]) -> None:
    with locked(folder / _LOCK, timeout_s=_LOCK_TIMEOUT_S):
        wishes = change(read_wishes(folder))
        replace_file(folder / WISHES, json.dumps(asdict(wishes), indent=1).encode() + b"\n")
