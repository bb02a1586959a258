"""Locking out after repeated failures: logins and tokens alike, counted where all processes see it.

Three counts over the last quarter of an hour, so that nobody locks out everybody:

- one login (or token) from one address: `PAIR_LIMIT` failures lock that pair alone, so that a
  person who forgot a password does not lock the office that shares the address;
- one login from all addresses: `SUBJECT_LIMIT`, against many machines that guess one password;
- one address over all logins: `ADDRESS_LIMIT`, against one machine that tries many.

What is refused by a lock is not counted, so a lock ends by itself, and a flood writes no rows.
A token that is right is never refused: its text cannot be guessed, and a lock of it would be a
weapon. Only what failed is counted and, past the limit, answered without looking any closer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from tenants import events
from tenants.models import ApiToken, Organisation, SignInFailures, User
from tenants.models.failures import SUBJECT_LENGTH, TOKEN
from tenants.models.token import PREFIX_LENGTH
from vamp import audit, outbox
from vamp.databases import DEFAULT

COOL_OFF = timedelta(minutes=15)
PAIR_LIMIT = 5
SUBJECT_LIMIT = 50
ADDRESS_LIMIT = 100

_PREFIX = re.compile(rf"[0-9a-f]{{{PREFIX_LENGTH}}}")
"""What is no token at all is counted as one thing: it may be anything."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Something that is refused for a while.

    Attributes:
        subject: login or ``token:<prefix>``; empty for all from `address`.
        address: where from; empty for all addresses.
        until: when it ends by itself.
        failures: how many led to it.
    """

    subject: str
    address: str
    until: datetime
    failures: int

    @property
    def seconds_left(self) -> int:
        """Whole seconds until it ends, at least one."""
        return max(1, round((self.until - timezone.now()).total_seconds()))


def lock_of(subject: str, address: str) -> Lock | None:
    """Return what keeps `subject` from signing in from `address`, else None. Two queries."""
    subject = subject[:SUBJECT_LENGTH]
    recent = SignInFailures.objects.using(DEFAULT).since(timezone.now() - COOL_OFF)
    of_subject = list(recent.filter(subject=subject))
    for row in of_subject:
        if row.address == address and row.failures >= PAIR_LIMIT:
            return Lock(subject, address, row.last_at + COOL_OFF, row.failures)
    if (failures := sum(row.failures for row in of_subject)) >= SUBJECT_LIMIT:
        return Lock(subject, "", max(row.last_at for row in of_subject) + COOL_OFF, failures)
    of_address = recent.filter(address=address).aggregate(all=Sum("failures"), last=Max("last_at"))
    if (of_address["all"] or 0) >= ADDRESS_LIMIT:
        return Lock("", address, of_address["last"] + COOL_OFF, of_address["all"])
    return None


def note_failure(subject: str, address: str) -> None:
    """Count a failure; an earlier count that is over begins anew. Two or three queries."""
    subject, now = subject[:SUBJECT_LENGTH], timezone.now()
    rows = SignInFailures.objects.using(DEFAULT).filter(subject=subject, address=address)
    rows.filter(last_at__lt=now - COOL_OFF).delete()
    if rows.update(failures=F("failures") + 1, last_at=now):
        return
    try:
        with transaction.atomic(using=DEFAULT):
            SignInFailures.objects.using(DEFAULT).create(
                organisation=_organisation_of(subject), subject=subject, address=address,
                failures=1, first_at=now, last_at=now,
            )  # fmt: skip
    except IntegrityError:  # a rival counted the first one
        rows.update(failures=F("failures") + 1, last_at=now)


def forget_failures(subject: str, address: str) -> None:
    """Begin the count of that pair anew: the password was right. One query."""
    rows = SignInFailures.objects.using(DEFAULT)
    rows.filter(subject=subject[:SUBJECT_LENGTH], address=address).delete()


def note_token_failure(text: str, address: str) -> Lock | None:
    """Count a token that is unknown, expired or switched off.

    Returns:
        The lock that keeps it from being looked at any closer; then nothing was counted.
    """
    prefix = text[:PREFIX_LENGTH]
    subject = f"{TOKEN}{prefix if _PREFIX.fullmatch(prefix) else 'none'}"
    found = lock_of(subject, address)
    if found is None:
        note_failure(subject, address)
    return found


def lift(row: SignInFailures, *, actor: str) -> None:
    """End a lock: the login may be tried from that address at once."""
    scope = row.organisation.name if row.organisation else ""
    with transaction.atomic(using=DEFAULT):
        SignInFailures.objects.using(DEFAULT).filter(pk=row.pk).delete()
        audit.record(
            actor, "lock.lifted", "lock", row.subject, using=DEFAULT, organisation=scope,
            before={"address": row.address, "failures": row.failures},
        )  # fmt: skip
        outbox.emit(
            events.LOCK_LIFTED, using=DEFAULT, organisation=scope or outbox.ORGANISATION_WIDE,
            payload={"subject": row.subject},
        )  # fmt: skip


def lift_all(subject: str | None, address: str | None, *, actor: str) -> int:
    """End every lock of a subject, of an address, or of both together; all of them where neither.

    Returns:
        How many counts were forgotten; each leaves an entry.
    """
    rows = SignInFailures.objects.using(DEFAULT).select_related("organisation")
    if subject is not None:
        rows = rows.filter(subject=subject[:SUBJECT_LENGTH])
    if address is not None:
        rows = rows.filter(address=address)
    found = list(rows)
    for row in found:
        lift(row, actor=actor)
    return len(found)


def prune() -> int:
    """Forget counts that are over; return how many."""
    over = SignInFailures.objects.using(DEFAULT).filter(last_at__lt=timezone.now() - COOL_OFF)
    return over.delete()[0]


def _organisation_of(subject: str) -> Organisation | None:
    if subject.startswith(TOKEN):
        token = ApiToken.objects.filter(prefix=subject.removeprefix(TOKEN)).first()
        return token.organisation if token else None
    name = subject.rpartition("/")[0]
    if not name or not User.objects.filter(login=subject).exists():
        # What is no login of theirs says nothing to them, and could fill their list with anything.
        return None
    return Organisation.objects.using(DEFAULT).filter(name=name).first()
