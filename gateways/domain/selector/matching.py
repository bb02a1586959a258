"""Which targets a selector selects, and how its captures part them into groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from gateways.domain.pattern import compiled
from gateways.domain.selector.ast import (
    Anything,
    Both,
    Either,
    Except,
    Property,
    PropertyMatch,
    Selector,
)


@dataclass(frozen=True, slots=True)
class SelectorTarget:
    """Something that traffic can be sent to, as a selector sees it.

    Attributes:
        name: of the service, container or workload.
        kind: ``service``, ``container``, ``app``.
        namespace: of the scheduler.
        image: with its tag; empty where the scheduler has none.
        host: address or name of the instance; empty where a whole version is meant.
        port: 1 to 65535; 0 where a whole version is meant.
        port_index: place of the port among the target's ports, from 0.
        labels: of the instance.
    """

    name: str
    kind: str
    namespace: str = ""
    image: str = ""
    host: str = ""
    port: int = 0
    port_index: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)


def select(
    selector: Selector, targets: Iterable[SelectorTarget]
) -> dict[str, tuple[SelectorTarget, ...]]:
    """Return the selected targets by group, groups and targets in the order of `targets`.

    A group's key is what the selector's capture groups caught, each in brackets, sorted and parted
    by commas: ``(1.0.3)``, ``(a),(b)``. Where a label's name and value are both caught, it is
    ``(name=value)``; where nothing is caught, ``()``. Linear in the number of targets.
    """
    groups: dict[str, list[SelectorTarget]] = {}
    for target in targets:
        caught = _caught(selector, target)
        if caught is not None:
            groups.setdefault(group_key(caught), []).append(target)
    return {key: tuple(members) for key, members in groups.items()}


def group_key(caught: Iterable[str]) -> str:
    """Return the key of the group of those that have these captures."""
    return ",".join(f"({text})" for text in sorted(set(caught))) or "()"


def _caught(selector: Selector, target: SelectorTarget) -> frozenset[str] | None:
    """Return what is caught from a target, or None if it is not selected."""
    if isinstance(selector, Anything):
        return frozenset() if selector.value else None
    if isinstance(selector, Except):
        return frozenset() if _caught(selector.operand, target) is None else None
    if isinstance(selector, Both | Either):
        found = [_caught(term, target) for term in selector.terms]
        held = [caught for caught in found if caught is not None]
        if not held or (isinstance(selector, Both) and len(held) < len(found)):
            return None
        return frozenset().union(*held)
    if selector.of is Property.LABEL:
        return _caught_labels(selector, target.labels)
    return _captures(selector.pattern, _text_of(selector.of, target))


def _caught_labels(match: PropertyMatch, labels: Mapping[str, str]) -> frozenset[str] | None:
    found: list[frozenset[str]] = []
    for name, value in labels.items():
        of_name = _captures(match.label, name)
        of_value = _captures(match.pattern, value)
        if of_name is None or of_value is None:
            continue
        if of_name and of_value:
            found.append(frozenset("=".join(pair) for pair in product(of_name, of_value)))
        else:
            found.append(of_name | of_value)
    return frozenset().union(*found) if found else None


def _captures(pattern: str, text: str) -> frozenset[str] | None:
    found = compiled(pattern).fullmatch(text)
    if found is None:
        return None
    return frozenset(group for group in found.groups() if group is not None)


def _text_of(of: Property, target: SelectorTarget) -> str:
    if of is Property.PORT:
        return str(target.port)
    if of is Property.PORT_INDEX:
        return str(target.port_index)
    texts = {
        Property.NAME: target.name,
        Property.KIND: target.kind,
        Property.NAMESPACE: target.namespace,
        Property.IMAGE: target.image,
        Property.HOST: target.host,
    }
    return texts[of]
