"""Snapshots of a scheduler, as short as tests want to write them."""

from __future__ import annotations

from datetime import UTC, datetime

from vamp.ports.scheduler import ObservedInstance, ObservedVersion, Snapshot

SINCE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def snapshot(*copies: tuple[str, str, int], ready: bool = True, first_port: int = 9001) -> Snapshot:
    """Return a snapshot with so many instances of each (service, version, copies)."""
    instances: list[ObservedInstance] = []
    for service, version, count in copies:
        for number in range(count):
            instances.append(
                ObservedInstance(
                    uid=f"{service}-{version}-{number}",
                    service=service,
                    version=version,
                    host="127.0.0.1",
                    port=first_port + len(instances),
                    is_ready=ready,
                    since=SINCE,
                    labels={"app": service, "version": version},
                )
            )
    versions = [
        ObservedVersion(service, version, count, {"app": service, "version": version})
        for service, version, count in copies
    ]
    return Snapshot(tuple(instances), tuple(versions), cursor="1")
