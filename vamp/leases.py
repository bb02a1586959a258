"""Leases: of many processes that could, one does. Plain conditional updates, no locks held."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

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
    that and renew at a third of it. A killed holder's lease falls free after `seconds`. Cost: one
    statement where another holds it, else three.

    Returns:
        The fencing number, which rises with every change of holder; None while another process
        holds the lease.
    """
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    rows = Lease.objects.using(using).filter(name=name)
    # Read first: those that do not hold it ask often, and should not lock its row for that.
    held = rows.values_list("holder", "expires_at").first()
    if held is None:
        return 1 if is_created(name, HOLDER, using, until) else None
    holder, expires_at = held
    if holder == HOLDER and rows.filter(holder=HOLDER).update(expires_at=until):
        return int(rows.values_list("fencing", flat=True).get())
    if expires_at <= now and rows.filter(expires_at__lte=now).update(
        holder=HOLDER, expires_at=until, fencing=F("fencing") + 1
    ):
        return int(rows.values_list("fencing", flat=True).get())
    return None


def is_created(name: str, holder: str, using: str, until: datetime) -> bool:
    """Make the lease for `holder`; False where a rival was first."""
    try:
        with transaction.atomic(using=using):
            Lease.objects.using(using).create(name=name, holder=holder, expires_at=until)
    except IntegrityError:  # a rival was first
        return False
    return True


@contextmanager
def once(name: str, *, using: str, seconds: float) -> Iterator[bool]:
    """Hold the lease `name` for the block, and say whether it is held.

    Nobody shares it, not even another thread of this process. Cost: two statements.

    Args:
        name: of the lease.
        using: the database that it lies in.
        seconds: longer than the block takes; a killed holder's lease falls free after that.
    """
    holder = f"{HOLDER}/{secrets.token_hex(4)}"
    rows = Lease.objects.using(using).filter(name=name)
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    free = rows.filter(expires_at__lte=now)
    is_held = bool(free.update(holder=holder, expires_at=until, fencing=F("fencing") + 1))
    if not is_held and not rows.exists():
        is_held = is_created(name, holder, using, until)
    try:
        yield is_held
    finally:
        if is_held:
            rows.filter(holder=holder).update(expires_at=timezone.now())


def release(name: str, *, using: str) -> None:
    """Give the lease back, if this process holds it, so that another need not wait."""
    Lease.objects.using(using).filter(name=name, holder=HOLDER).update(expires_at=timezone.now())
