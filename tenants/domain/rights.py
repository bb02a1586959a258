"""What may be done to what: kinds and verbs, and the roles that Vamp brings along.

A right is written ``<kind>.<verb>``, such as ``gateway.change``. In a role either half may be ``*``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

VERBS: Mapping[str, tuple[str, ...]] = {
    "organisation": ("view", "change"),
    "environment": ("view", "create", "change", "delete"),
    "secret": ("view", "change"),
    "connection": ("view", "test"),
    "storage": ("view", "change"),
    "user": ("view", "create", "change", "delete"),
    "group": ("view", "create", "change", "delete", "manage-members"),
    "role": ("view", "create", "change", "delete"),
    "binding": ("view", "create", "change", "delete"),
    "token": ("view", "create", "delete"),
    "session": ("view", "delete"),
    "audit": ("view", "export"),
    "event": ("view", "publish"),
    "agent": ("view", "create", "delete"),
    "gateway": ("view", "create", "change", "delete", "release"),
    "service": ("view", "scale", "restart"),
    "policy": ("view", "create", "change", "delete"),
    "release": ("view", "create", "change", "approve", "abort", "override"),
}
"""Kind → what may be done to it. ``gateway.release`` is to set weights by hand, ``release.create``
to start a release, ``release.change`` to pause, resume and promote it, ``release.override`` to go on
against what was measured."""

ALL: frozenset[str] = frozenset(f"{kind}.{verb}" for kind, verbs in VERBS.items() for verb in verbs)

OBJECT_KINDS: Mapping[str, frozenset[str]] = {
    "gateway": frozenset({"gateway", "release"}),
    "service": frozenset({"service"}),
    "policy": frozenset({"policy"}),
}
"""Kind of a single object that a binding may name → kinds of rights that it then gives: whoever may
release on gateway shop may do so to its releases."""

WITH_LABELS = frozenset({"gateway", "service"})
"""Kinds of objects that have labels, so that a label selector can choose among them."""


def names_of(patterns: Iterable[str]) -> frozenset[str]:
    """Return every right that `patterns` name; what names none is passed over."""
    return _all_named(tuple(patterns))


def unknown(patterns: Iterable[str]) -> list[str]:
    """Return those of `patterns` that name no right, in their order."""
    return [pattern for pattern in patterns if not _named(pattern)]


@lru_cache(maxsize=1024)
def _all_named(patterns: tuple[str, ...]) -> frozenset[str]:
    # A thousand bindings give a few roles: written out once, and kept in memory once.
    return frozenset(right for pattern in patterns for right in _named(pattern))


def _named(pattern: str) -> frozenset[str]:
    if pattern in ALL:
        return frozenset({pattern})
    kind, dot, verb = pattern.partition(".")
    if not dot or "*" not in (kind, verb):
        return frozenset()
    return frozenset(
        right
        for right in ALL
        if kind in ("*", right.partition(".")[0]) and verb in ("*", right.partition(".")[2])
    )


@dataclass(frozen=True, slots=True)
class BuiltinRole:
    """A role that every organisation has, and nobody can change.

    Attributes:
        name: by which bindings name it.
        title: shown to people.
        patterns: its rights, as a role of an organisation's own would list them.
    """

    name: str
    title: str
    patterns: tuple[str, ...]

    @property
    def rights(self) -> frozenset[str]:
        """Every right that it gives."""
        return names_of(self.patterns)


ADMINISTRATOR = "administrator"

_VIEWER = (
    *("organisation.view", "environment.view", "gateway.view", "service.view"),
    *("policy.view", "release.view", "agent.view", "event.view"),
)
_DEVELOPER = (
    *_VIEWER,
    *("gateway.create", "gateway.change", "service.scale", "service.restart", "event.publish"),
    *("release.create", "release.change", "release.abort", "audit.view"),
)
_OPERATOR = (
    *_DEVELOPER,
    *("gateway.*", "policy.*", "release.*", "agent.*", "connection.*", "audit.*"),
    *("secret.view", "storage.view", "user.view", "group.view", "role.view", "binding.view"),
)

BUILTIN: Mapping[str, BuiltinRole] = {
    role.name: role
    for role in (
        BuiltinRole(ADMINISTRATOR, "Everything in its place, people and rights included", ("*.*",)),
        BuiltinRole("operator", "Runs gateways, policies, releases and agents", _OPERATOR),
        BuiltinRole("developer", "Releases new versions, and takes them back", _DEVELOPER),
        BuiltinRole("viewer", "Sees what runs and what is released", _VIEWER),
    )
}
"""Name → role, the mightiest first."""
