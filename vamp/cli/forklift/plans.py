"""Release plans: a version on its way through an organisation's environments, group by group.

Earlier products kept plans as documents of their own. Here a plan is not stored: what it says of
each environment is read from the releases there, so it can never disagree with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vamp.cli.documents import Document
from vamp.cli.failure import misused

NOT_STARTED, STARTED, FINISHED = "not started", "started", "finished"
FAILED, ABORTED, SKIPPED, PENDING = "failed", "aborted", "skipped", "pending"

_OF_RELEASE: Final[Mapping[str, str]] = {
    "succeeded": FINISHED, "rolled_back": FAILED, "rolling_back": FAILED, "aborted": ABORTED,
}  # fmt: skip
_WORST_FIRST: Final = (FAILED, ABORTED, STARTED, NOT_STARTED, FINISHED, SKIPPED)
_IS_THROUGH: Final = frozenset({FINISHED, SKIPPED})
_STOPS: Final = frozenset({FAILED, ABORTED})


@dataclass(frozen=True, slots=True)
class Group:
    """Environments that get the version at the same time.

    Attributes:
        name: for people.
        environments: names; skipped: those of them that are left out.
    """

    name: str
    environments: tuple[str, ...]
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a version goes, and in which order.

    Attributes:
        service: whose version; version: which.
        groups: each begins once the one before it is through.
    """

    service: str
    version: str
    groups: tuple[Group, ...]


def plan_of(document: Document, service: str, version: str) -> Plan:
    """Return the plan that a document of earlier products says.

    Raises:
        Failure: with a fault for each thing that is wrong, at its line.
    """
    value = document.value
    said = value.get("service") if isinstance(value.get("service"), dict) else {}
    found_service = service or str((said or {}).get("name", ""))
    found_version = version or str((said or {}).get("version", ""))
    rows = value.get("releaseGroups")
    if not isinstance(rows, list) or not rows:
        raise misused("this is no release plan", document.fault("", "`releaseGroups` is missing"))
    if not found_service:
        raise misused("which service? give --service", document.fault("", "`service` is missing"))
    faults = []
    groups = []
    for index, row in enumerate(rows):
        environments = row.get("environments") if isinstance(row, dict) else None
        if not isinstance(environments, list) or not all(map(_is_named, environments)):
            pointer = f"/releaseGroups/{index}"
            faults.append(document.fault(pointer, "`environments` with a `name` each are missing"))
            continue
        names = tuple(str(each["name"]) for each in environments)
        skipped = {str(each["name"]) for each in environments if each.get("status") == SKIPPED}
        groups.append(Group(str(row.get("name") or index + 1), names, frozenset(skipped)))
    if faults:
        raise misused("this is no release plan", *faults)
    return Plan(found_service, found_version, tuple(groups))


def _is_named(environment: Any) -> bool:
    return isinstance(environment, dict) and bool(environment.get("name"))


def plan_through(service: str, version: str, environments: Iterable[str]) -> Plan:
    """Return the plan that takes one environment after the other."""
    return Plan(service, version, tuple(Group(name, (name,)) for name in environments))


def status_of(releases: Sequence[Mapping[str, Any]]) -> str:
    """Return an environment's status from its gateways' newest releases of the version."""
    found = {_OF_RELEASE.get(release["status"], STARTED) for release in releases}
    return next((status for status in _WORST_FIRST if status in found), NOT_STARTED)


def told(plan: Plan, statuses: Mapping[str, str]) -> dict[str, Any]:
    """Return a plan in the form that earlier products gave it, with every status.

    Args:
        plan: which.
        statuses: environment → its status.
    """
    rows: list[dict[str, Any]] = []
    may_start = True
    for number, group in enumerate(plan.groups, start=1):
        inner = [
            {"name": name, "status": SKIPPED if name in group.skipped else statuses[name]}
            for name in group.environments
        ]
        status = _of_group({each["status"] for each in inner})
        if status == NOT_STARTED and not may_start:
            status = PENDING
        rows.append(
            {"group": number, "name": group.name, "status": status, "canStart": may_start,
             "environments": inner}
        )  # fmt: skip
        may_start = may_start and status in _IS_THROUGH
    whole = _of_group({row["status"] for row in rows} - {PENDING})
    if whole == FINISHED and any(row["status"] == PENDING for row in rows):
        whole = STARTED
    return {
        "status": whole,
        "service": {"name": plan.service, "version": plan.version},
        "releaseGroups": rows,
    }


def _of_group(found: set[str]) -> str:
    for status in _WORST_FIRST[:3]:
        if status in found:
            return status
    if found and found <= _IS_THROUGH:
        return FINISHED if FINISHED in found else SKIPPED
    return STARTED if found & _IS_THROUGH else NOT_STARTED


def due(shown: Mapping[str, Any]) -> Sequence[str]:
    """Return the environments in which the version is to be started now.

    None where the plan failed, is over, or waits for what is under way.
    """
    if shown["status"] in _STOPS:
        return []
    for group in shown["releaseGroups"]:
        if not group["canStart"]:
            break
        waiting = [each["name"] for each in group["environments"] if each["status"] == NOT_STARTED]
        if waiting:
            return waiting
    return []
