"""What of a snapshot is another than in the one before, so that only those rows are read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vamp.ports.scheduler import ObservedInstance, ObservedVersion, Snapshot

VersionKey = tuple[str, str]
"""(service, version)."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The part of a snapshot that may differ from rows that say what the one before said.

    Attributes:
        uids: instances that came, went or changed, and those that `keys` are known by.
        keys: versions that did, and those of the instances.
        snapshot: the newer one, but only of these.
    """

    uids: frozenset[str]
    keys: frozenset[VersionKey]
    snapshot: Snapshot


def narrowed(before: Snapshot, after: Snapshot) -> Narrowed:
    """Compare two snapshots of one scheduler.

    Cost: a walk over both, about 1 ms for 10,000 instances of which most are the same objects.
    """
    old, new = _differing(before.instances, after.instances)
    keys = _differing_keys(before.versions, after.versions)
    keys |= {(one.service, one.version) for one in (*old.values(), *new.values())}
    versions = [each for each in after.versions if (each.service, each.version) in keys]
    for witness in _witnesses(keys, versions, after.instances):
        new[witness.uid] = witness
    instances = tuple(new[uid] for uid in sorted(new))
    return Narrowed(
        uids=frozenset(old) | frozenset(new),
        keys=frozenset(keys),
        snapshot=Snapshot(instances, tuple(versions), after.cursor),
    )


def _differing(
    before: Sequence[ObservedInstance], after: Sequence[ObservedInstance]
) -> tuple[dict[str, ObservedInstance], dict[str, ObservedInstance]]:
    """Return by uid what is only in `before` as it is there, and what is only in `after`."""
    most = min(len(before), len(after))
    start = 0
    while start < most and _is_same(before[start], after[start]):
        start += 1
    end = 0
    while end < most - start and _is_same(before[-1 - end], after[-1 - end]):
        end += 1
    old = {each.uid: each for each in before[start : len(before) - end]}
    new = {each.uid: each for each in after[start : len(after) - end]}
    same = {uid for uid, each in new.items() if uid in old and _is_same(old[uid], each)}
    return (
        {uid: each for uid, each in old.items() if uid not in same},
        {uid: each for uid, each in new.items() if uid not in same},
    )


def _is_same(one: ObservedInstance, other: ObservedInstance) -> bool:
    return one is other or one == other


def _differing_keys(
    before: Sequence[ObservedVersion], after: Sequence[ObservedVersion]
) -> set[VersionKey]:
    old, new = _by_key(before), _by_key(after)
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _by_key(versions: Sequence[ObservedVersion]) -> Mapping[VersionKey, ObservedVersion]:
    return {(each.service, each.version): each for each in versions}


def _witnesses(
    keys: set[VersionKey],
    versions: Sequence[ObservedVersion],
    instances: Sequence[ObservedInstance],
) -> Sequence[ObservedInstance]:
    """Return the first instance of each key that has no workload: a version is known by it."""
    missing = keys - {(each.service, each.version) for each in versions}
    found: list[ObservedInstance] = []
    for each in instances if missing else ():
        key = (each.service, each.version)
        if key in missing:
            missing.discard(key)
            found.append(each)
    return found
