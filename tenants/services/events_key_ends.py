"""Ending what agents hear events with: kept as rows, so that no server's absence makes it forgotten.

A row is made with the change that ends or rotates the token, and goes once the stream's server has
taken note. The token's event has it worked off within a second or two; the sweep does it in the end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants.connections import stream_of, url_of
from tenants.models import ApiToken, Environment, EventsKeyEnd, Organisation
from tenants.services.agent_events import revoke_users, why_not
from vamp import audit, leases
from vamp.databases import DEFAULT
from vamp.errors import NotFound, VampError
from vamp.ports.errors import PortError, PortUnavailable
from vamp.streams import Stream, installation_stream

LEASE = "tenants.revoking"
LEASE_S = 60.0
"""Longer than one batch takes."""

WAIT_S = 10.0
LOOK_EVERY_S = 0.1
BATCH = 200

log = logging.getLogger("tenants")


def end_with(token: ApiToken) -> None:
    """Have all end that agents with `token` hear with, for it ends. In the caller's transaction.

    Asks no server. Does nothing for other tokens, nor where all streams are embedded.
    """
    if _may_hear(token):
        EventsKeyEnd.objects.using(DEFAULT).filter(token_id=token.pk).delete()
        _end(token, issued_until=None, due_at=timezone.now())


def end_former(token: ApiToken, *, due_at: datetime) -> None:
    """Have what `token` gave by now end at `due_at`, for it gets another text.

    What a text before that one gave ends at once, as that text does. See `end_with`.
    """
    if _may_hear(token):
        now = timezone.now()
        former = EventsKeyEnd.objects.using(DEFAULT).filter(token_id=token.pk)
        former.filter(due_at__gt=now).update(due_at=now)
        # The server counts in seconds: what is made from this very one on is good.
        _end(token, issued_until=now - timedelta(seconds=1), due_at=due_at)


def waiting_at(place: Organisation | Environment | None) -> Sequence[EventsKeyEnd]:
    """Return what should have ended and has not, oldest first. One query.

    Args:
        place: whose; an organisation's are also those of its environments that are gone. None for
            the whole installation's.
    """
    due = EventsKeyEnd.objects.using(DEFAULT).filter(due_at__lte=timezone.now())
    if isinstance(place, Environment):
        due = due.filter(environment_id=place.pk)
    elif place is not None:
        due = due.filter(organisation=place.name)
    return list(due[:BATCH])


def work_off(
    *, token_id: int | None = None, environment_id: int | None = None, wait_s: float = WAIT_S
) -> None:
    """Revoke what is due at its server, and forget it. Idempotent; safe in several processes.

    What cannot be done stays due, with the reason, and holds up no other account's. Cost: a query
    where nothing is due; else two for a batch, and one or two for each stream in it.

    Args:
        token_id: of this token only.
        environment_id: of this environment only.
        wait_s: for another process that is at it.

    Raises:
        PortError: a server does not answer or refuses, or another process is at it for too long.
    """
    due = EventsKeyEnd.objects.using(DEFAULT).filter(due_at__lte=timezone.now()).order_by("pk")
    if token_id is not None:
        due = due.filter(token_id=token_id)
    if environment_id is not None:
        due = due.filter(environment_id=environment_id)
    failed: dict[Stream, PortError] = {}
    last = 0
    while due.filter(pk__gt=last).exists():
        with _alone(wait_s):
            batch = list(due.filter(pk__gt=last)[:BATCH])
            _work_off(batch, failed)
        last = max((row.pk for row in batch), default=last)
    for error in failed.values():
        raise error


def forget(pk: int, *, actor: str) -> None:
    """Try no more to end what one row says, for somebody has seen to it elsewhere.

    Raises:
        NotFound: there is no such row; it may be done by now.
    """
    with transaction.atomic(using=DEFAULT):
        row = EventsKeyEnd.objects.using(DEFAULT).select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFound(f"There is no events key {pk} that waits for its end.")
        audit.record(
            actor, "token.events_key_forgotten", "token", row.token_name, using=DEFAULT,
            organisation=row.organisation, environment=row.environment,
            before={"due_at": row.due_at.isoformat(), "waits_for": row.waits_for},
        )  # fmt: skip
        row.delete()


def _work_off(batch: Sequence[EventsKeyEnd], failed: dict[Stream, PortError]) -> None:
    pks = {row.environment_id for row in batch}
    rows = Environment.objects.using(DEFAULT).select_related("organisation").filter(pk__in=pks)
    streams = {row.pk: _stream_of(row) for row in rows}
    by_stream: dict[Stream, list[EventsKeyEnd]] = {}
    for row in batch:
        stream = streams.get(row.environment_id) or installation_stream()
        by_stream.setdefault(stream, []).append(row)
    for stream, its in by_stream.items():
        if reason := _done(stream, its, failed):
            _wait_for(its, reason)
        else:
            EventsKeyEnd.objects.using(DEFAULT).filter(pk__in=[row.pk for row in its]).delete()


def _done(stream: Stream, rows: Sequence[EventsKeyEnd], failed: dict[Stream, PortError]) -> str:
    """Revoke what `rows` say; return why it was not done, empty where it was."""
    if stream.is_embedded:  # what it gave holds nothing any more: there is no server
        return ""
    if reason := why_not(stream):
        return reason
    away = next((each for each in failed.values() if isinstance(each, PortUnavailable)), None)
    error = failed.get(stream) or away  # all of these are on one server
    if error is None:
        try:
            revoke_users(stream, _latest(rows))
        except PortError as caught:
            failed[stream] = error = caught
        except VampError as caught:
            return "; ".join(f"{each.message} ({each.hint})" for each in caught.faults)
    return str(error) if error is not None else ""


def _latest(rows: Iterable[EventsKeyEnd]) -> dict[int, int | None]:
    """Return until when what each token gave is to end; None for all of it."""
    found: dict[int, int | None] = {}
    for row in rows:
        until = row.issued_until
        until_s = int(until.timestamp()) if until else None
        held = found.get(row.token_id, 0)
        found[row.token_id] = None if held is None or until_s is None else max(held, until_s)
    return found


def _wait_for(rows: Sequence[EventsKeyEnd], reason: str) -> None:
    names = {"tokens": len(rows), "reason": reason}
    log.warning("events_key.not_ended", extra=names)
    mine = EventsKeyEnd.objects.using(DEFAULT).filter(pk__in=[row.pk for row in rows])
    mine.update(tried_at=timezone.now(), waits_for=reason)


def _stream_of(environment: Environment) -> Stream:
    """Return where the environment's agents hear.

    That of one whose events are in an embedded stream by now is the installation's: what its
    agents were given before is good there.
    """
    found = stream_of(environment)
    return installation_stream() if found.is_embedded else found


@contextmanager
def _alone(wait_s: float) -> Iterator[None]:
    """Be the only one in the installation who changes accounts, for the block."""
    deadline = time.monotonic() + wait_s
    while True:
        with leases.once(LEASE, using=DEFAULT, seconds=LEASE_S) as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() >= deadline:
            raise PortUnavailable("another process changes the account of the event stream")
        time.sleep(LOOK_EVERY_S)


def _may_hear(token: ApiToken) -> bool:
    """Tell whether agents with `token` may have been given a user of some server."""
    environment = token.agent_of
    if environment is None:
        return False
    own = url_of(environment, "events", environment.events_url)
    urls = (own, environment.events_old_url, settings.EVENTS_URL)
    return any(url and not Stream(url).is_embedded for url in urls)


def _end(token: ApiToken, *, issued_until: datetime | None, due_at: datetime) -> None:
    environment = token.agent_of
    if environment is not None:
        EventsKeyEnd.objects.using(DEFAULT).create(
            token_id=token.pk,
            token_name=token.name,
            organisation=environment.organisation.name,
            environment=environment.name,
            environment_id=environment.pk,
            issued_until=issued_until,
            due_at=due_at,
        )
