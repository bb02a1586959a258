"""What a change of who may do what leaves behind, to compare before and after."""

from __future__ import annotations

from typing import Any

from tenants.models import ApiToken, Group, Organisation, Role, RoleBinding, User
from vamp.models import AuditEntry, OutboxEvent


def world() -> dict[str, list[Any]]:
    """Return every row that says who may do what, and what was told of it."""
    rows: dict[str, list[Any]] = {
        model.__name__: list(model._base_manager.using("default").order_by("pk").values())
        for model in (Organisation, User, Role, Group, RoleBinding, ApiToken)
    }
    rows["members"] = list(Group.members.through.objects.order_by("pk").values())
    rows["audit"] = list(AuditEntry.objects.using("default").values_list("id", flat=True))
    rows["events"] = list(OutboxEvent.objects.using("default").values_list("id", flat=True))
    return rows


def told_since(before: dict[str, list[Any]]) -> tuple[list[str], list[str], dict[str, int]]:
    """Return verbs of the audit trail, events, and by how much generations rose, since `before`."""
    entries = AuditEntry.objects.using("default").exclude(id__in=before["audit"]).order_by("id")
    events = OutboxEvent.objects.using("default").exclude(id__in=before["events"]).order_by("id")
    was = {row["id"]: row["access_generation"] for row in before["Organisation"]}
    rose = {
        row.name: row.access_generation - was[row.pk]
        for row in Organisation.objects.all()
        if row.access_generation != was[row.pk]
    }
    return [entry.verb for entry in entries], [event.subject for event in events], rose


def last_told() -> tuple[str, str, str]:
    """Return verb and name of the newest audit entry, and the subject of the newest event."""
    entry = AuditEntry.objects.using("default").order_by("id").last()
    event = OutboxEvent.objects.using("default").order_by("id").last()
    assert entry is not None
    assert event is not None
    return entry.verb, entry.name, event.subject


def pointers(error: Any) -> set[str]:
    """Return where the faults of a caught error are."""
    return {fault.pointer for fault in error.value.faults}
