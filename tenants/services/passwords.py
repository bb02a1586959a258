"""Changing passwords: one's own, or somebody else's as an administrator."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from tenants import events
from tenants.models import User
from tenants.services.delegation import keeping_an_administrator
from tenants.services.sessions import end_sessions
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid


def change_password(
    user: User, old: str, new: str, *, actor: str, session_key: str | None = None
) -> None:
    """Change one's own password. Every other session of the person ends.

    Args:
        user: whose.
        old: the present password, so that an unlocked screen is not enough.
        new: checked against the rules.
        actor: who does it, for the audit trail.
        session_key: of the session in which it is done, which goes on.

    Raises:
        Invalid: the old one is wrong, or the new one is the same or too weak; every fault is told.
        Unavailable: the key-value store does not answer; nothing was changed.
    """
    faults = password_faults(new, user, "/new")
    if not user.check_password(old):
        faults.insert(0, Fault("/old", "this is not your present password"))
    elif old == new:
        faults.append(Fault("/new", "this is your present password; choose another one"))
    if faults:
        raise Invalid(faults=faults)
    _set(user, new, must_change=False, actor=actor, session_key=session_key)


def set_password(user: User, new: str, *, actor: str, must_change: bool = True) -> None:
    """Set somebody's password as an administrator. All of the person's sessions end.

    Args:
        user: whose.
        new: checked against the rules.
        actor: who does it, for the audit trail.
        must_change: the person is asked for one of their own at the next sign-in.

    Raises:
        Invalid: it is too weak; every fault is told.
        Unavailable: the key-value store does not answer; nothing was changed.
    """
    if faults := password_faults(new, user, "/password"):
        raise Invalid(faults=faults)
    _set(user, new, must_change=must_change, actor=actor)


def set_active(user: User, is_active: bool, *, actor: str) -> None:
    """Switch somebody off, whose sessions and tokens end at once, or on again. Idempotent.

    Raises:
        Conflict: nobody would be left to look after the installation, or the organisation.
    """
    if user.is_active == is_active:
        return
    if not is_active and user.is_platform_administrator and not _others_administer(user):
        fault = Fault("/is_active", "this is the last platform administrator")
        raise Conflict(faults=[fault])
    with transaction.atomic(using=DEFAULT):
        user.is_active = is_active
        with keeping_an_administrator(user):
            user.save(update_fields=["is_active"])
        _tell(user, "user.switched_on" if is_active else "user.switched_off", actor,
              events.USER_CHANGED)  # fmt: skip
        if not is_active:
            end_sessions(user, actor=actor)


def password_faults(password: str, user: User, pointer: str) -> list[Fault]:
    """Return everything that is wrong with a password for `user`; it is not repeated."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Fault(pointer, message) for message in error.messages]
    return []


def _set(
    user: User, new: str, *, must_change: bool, actor: str, session_key: str | None = None
) -> None:
    user.set_password(new)  # asks the key-value store, so before the transaction
    user.must_change_password = must_change
    with transaction.atomic(using=DEFAULT):
        user.save(
            update_fields=["password", "password_salt", "password_set_at", "must_change_password"]
        )
        _tell(user, "user.password_changed", actor, events.PASSWORD_CHANGED)
        end_sessions(user, actor=actor, but=session_key)


def _others_administer(user: User) -> bool:
    others = User.objects.filter(organisation=None, is_superuser=True, is_active=True)
    return bool(others.exclude(pk=user.pk).exists())


def _tell(user: User, verb: str, actor: str, event: str) -> None:
    scope = user.organisation.name if user.organisation else ""
    audit.record(
        actor, verb, "user", user.login, using=DEFAULT, organisation=scope,
        after={"must_change_password": user.must_change_password, "is_active": user.is_active},
    )  # fmt: skip
    outbox.emit(
        event, using=DEFAULT, organisation=scope or outbox.ORGANISATION_WIDE,
        payload={"name": user.login},
    )  # fmt: skip
