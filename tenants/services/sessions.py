"""Ending sessions of the screens: one, or all of a person's."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from tenants import events
from tenants.models import User, UserSession
from tenants.sessions import digest_of
from vamp import audit, outbox
from vamp.databases import DEFAULT


def end_session(session: UserSession, *, actor: str) -> None:
    """End one session: its browser is signed out with its next request."""
    if session.user is None:
        return
    _end(session.user, [session], actor)


def end_sessions(user: User, *, actor: str, but: str | None = None) -> int:
    """End all sessions of `user`.

    Args:
        user: whose.
        actor: who does it, for the audit trail.
        but: key of a session that stays: the one in which the person does this.

    Returns:
        How many ended.
    """
    rows = user.sessions.live(timezone.now()).select_related("user")
    if but:
        rows = rows.exclude(pk=digest_of(but))
    found = list(rows)
    if found:
        _end(user, found, actor)
    return len(found)


def prune() -> int:
    """Forget sessions that are over; return how many."""
    over = UserSession.objects.using(DEFAULT).filter(expire_date__lt=timezone.now())
    return over.delete()[0]


def _end(user: User, sessions: list[UserSession], actor: str) -> None:
    scope = user.organisation.name if user.organisation else ""
    with transaction.atomic(using=DEFAULT):
        UserSession.objects.using(DEFAULT).filter(pk__in=[each.pk for each in sessions]).delete()
        audit.record(
            actor, "session.ended", "session", user.login, using=DEFAULT, organisation=scope,
            before={
                "sessions": [
                    {"id": each.short_id, "address": each.address, "browser": each.browser}
                    for each in sessions
                ]
            },
        )  # fmt: skip
        outbox.emit(
            events.SESSIONS_ENDED, using=DEFAULT, organisation=scope or outbox.ORGANISATION_WIDE,
            payload={"user": user.login, "count": len(sessions)},
        )  # fmt: skip
