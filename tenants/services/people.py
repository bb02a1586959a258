"""Users: made, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from tenants import events
from tenants.domain.authority import Authority
from tenants.models import Organisation, User
from tenants.services.bindings import Wanted, bind
from tenants.services.delegation import keeping_an_administrator
from tenants.services.passwords import password_faults, set_active
from tenants.services.standing import require_active
from tenants.services.telling import remove, saving, tell
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid

USER_FIELDS = ("full_name", "email", "is_active")


def create_user(
    login: str,
    password: str | None,
    *,
    actor: str,
    organisation: Organisation | None = None,
    full_name: str = "",
    email: str = "",
    must_change_password: bool = False,
) -> User:
    """Make somebody who can log in.

    Args:
        login: ``organisation/user``; without a slash, a platform administrator.
        password: checked against the installation's rules; None for one that nothing opens, until
            somebody sets one.
        actor: who does it, for the audit trail.
        organisation: the one that the login names; None for a platform administrator.
        full_name: shown to people.
        email: may be empty.
        must_change_password: asks for a password of the person's own at the first sign-in.

    Raises:
        Unavailable: the key-value store does not answer; nothing was changed.
        Invalid: a field is wrong or the password too weak; every fault is listed.
        Conflict: the login is taken.
        NotActive: the organisation is archived or being deleted.
    """
    fields = {"full_name": full_name, "email": email, "must_change_password": must_change_password}
    user = _made(login, password, organisation, fields)
    with saving(_taken(login)):
        _save_new(user, actor)
    return user


def create_user_with_role(
    login: str, password: str, role: str, *, actor: str, authority: Authority, **fields: Any
) -> User:
    """Make a user who has `role` on the whole organisation; both or neither.

    Args:
        login: see `create_user`; of an organisation.
        password: likewise.
        role: see `tenants.services.bindings.Wanted`.
        actor: who does it, for the audit trail.
        authority: of whom; they must have all that the role gives.
        **fields: the rest of what `create_user` takes, the organisation among them.

    Raises:
        Invalid, Conflict, NotAllowed: see `create_user` and `tenants.services.bindings.bind`.
    """
    organisation = fields.pop("organisation")
    user = _made(login, password, organisation, fields)
    with saving(_taken(login)):
        _save_new(user, actor)
        bind(organisation, Wanted(role=role, user=login), actor=actor, authority=authority)
    return user


def _made(
    login: str, password: str | None, organisation: Organisation | None, fields: Mapping[str, Any]
) -> User:
    """Return the row, checked, with its password; asks the key-value store, so no transaction."""
    if organisation is not None:
        require_active(organisation)
    user = User(login=login, organisation=organisation, is_superuser=organisation is None, **fields)
    faults = _faults_of(user, password)
    if faults:
        raise Invalid(faults=faults)
    if User.objects.filter(login=login).exists():
        raise Conflict(faults=[_taken(login)])
    user.set_password(password)
    return user


def _save_new(user: User, actor: str) -> None:
    user.save()
    _tell(user.organisation, events.USER_CREATED, user.login, actor, None, shown(user))


def _taken(login: str) -> Fault:
    return Fault("/login", f"there is a user {login} already")


def _faults_of(user: User, password: str | None) -> list[Fault]:
    found = _row_faults(user)
    return found if password is None else found + password_faults(password, user, "/password")


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
    is_active = fields.pop("is_active", user.is_active)
    for name, value in fields.items():
        setattr(user, name, value)
    faults = _row_faults(user)
    if faults:
        raise Invalid(faults=faults)
    with saving(Fault("", "another change was faster", "look again")):
        set_active(user, is_active, actor=actor)
        if not fields:
            return user
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
        with keeping_an_administrator(user):
            remove(user)


def shown(user: User) -> dict[str, Any]:
    """Return a user as the audit trail keeps them."""
    return {
        "login": user.login,
        "full_name": user.full_name,
        "email": user.email,
        "is_active": user.is_active,
    }


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
