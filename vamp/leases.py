"""Leases: of many processes that could, one does. Plain conditional updates, no locks held."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from vamp.models.lease import Lease

HOLDER = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
"""This process. Children of a fork call `renew_identity`."""


def renew_identity() -> None:
    """Give a forked child an identity of its own, or it would share its parent's leases."""
    global HOLDER
    HOLDER = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def acquire(name: str, *, using: str, seconds: float) -> int | None:
    """Take or renew the lease `name` for this process.

    Clocks of the holders may differ by less than the lease's length; choose `seconds` well above
    that and renew at a third of it. A killed holder's lease falls free after `seconds`.

    Returns:
        The fencing number, which rises with every change of holder; None while another process
        holds the lease.
    """
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    rows = Lease.objects.using(using).filter(name=name)
    if rows.filter(holder=HOLDER).update(expires_at=until):
        return int(rows.values_list("fencing", flat=True).get())
    if rows.filter(expires_at__lte=now).update(
        holder=HOLDER, expires_at=until, fencing=F("fencing") + 1
    ):
        return int(rows.values_list("fencing", flat=True).get())
    if rows.exists():
        return None
    try:
        with transaction.atomic(using=using):
            Lease.objects.using(using).create(name=name, holder=HOLDER, expires_at=until)
    except IntegrityError:  # a rival was first
        return None
    return 1


def release(name: str, *, using: str) -> None:
    """Give the lease back, if this process holds it, so that another need not wait."""
    Lease.objects.using(using).filter(name=name, holder=HOLDER).update(expires_at=timezone.now())
