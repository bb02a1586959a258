"""Long work that one process does at a time, and that another goes on with when it dies."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from vamp import leases
from vamp.databases import DEFAULT
from vamp.models.lease import Lease


class Lost(RuntimeError):
    """Another process has taken the work over: this one was away for too long, and must end."""


class Hold:
    """A lease that is kept by whoever works; `beat` must be called within its length."""

    def __init__(self, name: str, holder: str, seconds: float) -> None:
        self._name, self._holder, self._seconds = name, holder, seconds
        self._renewed_s = time.monotonic()

    def beat(self, *_: object) -> None:
        """Keep the lease. Cost: a statement for each third of its length.

        Raises:
            Lost: it is another's by now.
        """
        if time.monotonic() - self._renewed_s < self._seconds / 3:
            return
        self.renew()

    def renew(self) -> None:
        """Keep the lease, whenever it was renewed last.

        In a transaction of the default database it is a guard: no other can take the work over
        before that transaction ends.

        Raises:
            Lost: it is another's by now.
        """
        rows = Lease.objects.using(DEFAULT).filter(name=self._name, holder=self._holder)
        until = timezone.now() + timedelta(seconds=self._seconds)
        if not rows.update(expires_at=until):
            raise Lost(self._name)
        self._renewed_s = time.monotonic()


@contextmanager
def held(name: str, *, seconds: float) -> Iterator[Hold | None]:
    """Hold the work `name` within the block; None where another holds it.

    Args:
        name: of the lease, which lies in the default database.
        seconds: a killed worker's work is taken up by another after this; no single statement of
            the work takes so long.
    """
    holder = f"{leases.HOLDER}/{secrets.token_hex(4)}"
    rows = Lease.objects.using(DEFAULT).filter(name=name)
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    free = rows.filter(expires_at__lte=now)
    is_held = bool(free.update(holder=holder, expires_at=until, fencing=F("fencing") + 1))
    if not is_held and not rows.exists():
        is_held = leases.is_created(name, holder, DEFAULT, until)
    try:
        yield Hold(name, holder, seconds) if is_held else None
    finally:
        if is_held:
            rows.filter(holder=holder).update(expires_at=timezone.now())
