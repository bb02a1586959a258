"""Chains to be tampered with, as somebody would who can write SQL."""

from __future__ import annotations

from django.db import transaction

from vamp import audit
from vamp.audit import signing
from vamp.audit.sealing import seal
from vamp.models import AuditCheckpoint, AuditEntry, AuditGap


def keys():
    return signing.ring.keys()


def emptied(database):
    """Forget what the fixtures recorded, so that numbers in tests are what they say."""
    for model in (AuditEntry, AuditCheckpoint, AuditGap):
        model.objects.using(database).all().delete()


def recorded(database, count=1, organisation="acme", **fields):
    for number in range(count):
        with transaction.atomic(using=database):
            audit.record(
                "acme/ana", "gateway.changed", "gateway", f"g{number}", using=database,
                organisation=organisation, environment="production",
                **{"before": {"weight": number}, "after": {"weight": number + 1}, **fields},
            )  # fmt: skip


def sealed(database, count, **fields):
    """A fresh chain of `count` entries; return their rows in order of position."""
    emptied(database)
    recorded(database, count, **fields)
    assert seal(database, keys()) == count
    return rows(database)


def rows(database):
    return list(AuditEntry.objects.using(database).order_by("position"))
