"""What the apps above know of what an environment owns; each says so when it is loaded.

Tenants import none of them, yet clone, count and delete what is theirs. Rows need no word from
their app: they are found as subclasses of `EnvironmentOwned`. What is said here is the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tenants.models import Environment

Copy: TypeAlias = Callable[[Environment, Environment, str], Mapping[str, int]]
"""Copies from one environment into another for an actor; returns kind → how many."""

Count: TypeAlias = Callable[[str, Sequence[int]], int]
"""Counts in a database what the environments with these ids have."""


@dataclass(frozen=True, slots=True)
class OwnedPart:
    """What one app owns in an environment.

    Attributes:
        name: of the app.
        copy: for clones; called in a transaction of the environments' database.
        counts: kind of a quota → how many of them count now.
        leases: names of the leases under which work goes on; ``{}`` stands for the environment's id.
        alive: kind → how many there are that would notice its end, such as agents.
    """

    name: str
    copy: Copy | None = None
    counts: Mapping[str, Count] = field(default_factory=dict)
    leases: Sequence[str] = ()
    alive: Callable[[Environment], Mapping[str, int]] = field(default=lambda environment: {})


_parts: dict[str, OwnedPart] = {}


def register(part: OwnedPart) -> None:
    """Add a part; one of the same name is replaced. Called by an app's `AppConfig.ready`."""
    _parts[part.name] = part


def parts() -> Sequence[OwnedPart]:
    """Return every part, in the order of registration: lower apps come first."""
    return list(_parts.values())
