"""Users: made, changed, deleted."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants import events
from tenants.models import Organisation, User
from tenants.services.delegation import LastAdministrator
from tenants.services.telling import remove, saving, tell
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid

USER_FIELDS = ("full_name", "email", "is_active")


def create_user(
    login: str,
    password: str,
    *,
    actor: str,
    organisation: Organisation | None = None,
    full_name: str = "",
    email: str = "",
) -> User:
    """Make somebody who can log in.

    Args:
        login: ``organisation/user``; without a slash, a platform administrator.
        password: checked against the installation's rules.
        actor: who does it, for the audit trail.
        organisation: the one that the login names; None for a platform administrator.
        full_name: shown to people.
        email: may be empty.

    Raises:
        Invalid: a field is wrong or the password too weak; every fault is listed.
        Conflict: the login is taken.
    """
    user = User(
        login=login,
        organisation=organisation,
        full_name=full_name,
        email=email,
        is_superuser=organisation is None,
    )
    faults = _faults_of(user, password)
    if faults:
        raise Invalid(faults=faults)
    taken = Fault("/login", f"there is a user {login} already")
    if User.objects.filter(login=login).exists():
        raise Conflict(faults=[taken])
    user.set_password(password)
    with saving(taken):
        user.save()
        _tell(organisation, events.USER_CREATED, login, actor, None, shown(user))
    return user


def _faults_of(user: User, password: str) -> list[Fault]:
    faults = _row_faults(user)
    try:
        validate_password(password, user)
    except ValidationError as error:
        faults += [Fault("/password", message) for message in error.messages]
    return faults


def _row_faults(user: User) -> list[Fault]:
    try:
        user.full_clean(exclude=["password"], validate_unique=False)
    except ValidationError as error:
        return [
            Fault(f"/{name}", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return []


def change_user(user: User, *, actor: str, **fields: Any) -> User:
    """Change a user's name, address or whether they may log in.

    Args:
        user: whom.
        actor: who does it, for the audit trail.
        fields: any of `USER_FIELDS`.

    Raises:
        Invalid: a field is wrong; every fault is listed.
        Conflict: the organisation would be left without an administrator.
    """
    before = shown(user)
    for name, value in fields.items():
        setattr(user, name, value)
    faults = _row_faults(user)
    if faults:
        raise Invalid(faults=faults)
    with saving(Fault("", "another change was faster", "look again")):
        with _keeping_an_administrator(user):
            user.save(update_fields=[*fields])
        _tell(user.organisation, events.USER_CHANGED, user.login, actor, before, shown(user))
    return user


def delete_user(user: User, *, actor: str) -> None:
    """Delete a user with their tokens and bindings; the audit trail keeps their login.

    Raises:
        Conflict: the organisation would be left without an administrator.
    """
    with saving(Fault("", "another change was faster", "look again")):
        _tell(user.organisation, events.USER_DELETED, user.login, actor, shown(user), None)
        with _keeping_an_administrator(user):
            remove(user)


def shown(user: User) -> dict[str, Any]:
    """Return a user as the audit trail keeps them."""
    return {
        "login": user.login,
        "full_name": user.full_name,
        "email": user.email,
        "is_active": user.is_active,
    }


def _keeping_an_administrator(user: User) -> AbstractContextManager[None]:
    if user.organisation is None:
        return nullcontext()
    return LastAdministrator(user.organisation)


def _tell(
    organisation: Organisation | None,
    event: str,
    name: str,
    actor: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    if organisation is not None:
        tell(organisation, event, name, actor=actor, before=before, after=after)
        return
    verb = event.removeprefix("tenants.")
    audit.record(
        actor, verb, "user", name, using=DEFAULT, organisation="", before=before, after=after
    )
    outbox.emit(
        event,
        using=DEFAULT,
        organisation=outbox.ORGANISATION_WIDE,
        payload={"name": name},
    )
