"""Creating users and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tenants import events
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.models.token import NAME_LENGTH, PREFIX_LENGTH
from tenants.services.passwords import password_faults
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid


def create_user(
    login: str,
    password: str,
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
        password: checked against the installation's rules.
        actor: who does it, for the audit trail.
        organisation: the one that the login names; None for a platform administrator.
        full_name: shown to people.
        email: may be empty.
        must_change_password: asks for a password of the person's own at the first sign-in.

    Raises:
        Unavailable: the key-value store does not answer; nothing was changed.
        Invalid: a field is wrong or the password too weak; every fault is listed.
        Conflict: the login is taken.
    """
    user = User(
        login=login,
        organisation=organisation,
        full_name=full_name,
        email=email,
        is_superuser=organisation is None,
        must_change_password=must_change_password,
    )
    faults = _faults_of(user, password)
    if faults:
        raise Invalid(faults=faults)
    taken = Fault("/login", f"there is a user {login} already")
    if User.objects.filter(login=login).exists():
        raise Conflict(faults=[taken])
    user.set_password(password)
    with _saving(taken):
        user.save()
        _tell(user.organisation, "user.created", events.USER_CREATED, actor, "user", login)
    return user


def create_token(
    name: str,
    *,
    actor: str,
    user: User | None = None,
    agent_of: Environment | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for a user, or for the agents of an environment.

    Returns:
        The row, and the text, which is shown this once and kept nowhere.

    Raises:
        Invalid: not exactly one of `user` and `agent_of` is given, or the name is no name.
        Conflict: the organisation has a token of that name.
    """
    if (user is None) == (agent_of is None):
        raise Invalid(
            faults=[Fault("", "a token is a user's or an environment's agents', not both")]
        )
    text = ApiToken.new_text()
    organisation = agent_of.organisation if agent_of else user.organisation if user else None
    token = ApiToken(
        name=name,
        organisation=organisation,
        user=user,
        agent_of=agent_of,
        prefix=text[:PREFIX_LENGTH],
        digest=ApiToken.digest_of(text),
        expires_at=expires_at,
    )
    if not 0 < len(name) <= NAME_LENGTH:
        raise Invalid(faults=[Fault("/name", f"a name has 1 to {NAME_LENGTH} characters")])
    taken = Fault("/name", f"there is a token {name} already")
    if ApiToken.objects.filter(organisation=organisation, name=name).exists():
        raise Conflict(faults=[taken])
    with _saving(taken):
        token.save()
        _tell(organisation, "token.created", events.TOKEN_CREATED, actor, "token", name)
    return token, text


def revoke_token(token: ApiToken, *, actor: str) -> None:
    """Make the token worthless at once."""
    with transaction.atomic(using=DEFAULT):
        _tell(token.organisation, "token.revoked", events.TOKEN_REVOKED, actor, "token", token.name)
        token.delete()


@contextmanager
def _saving(taken: Fault) -> Iterator[None]:
    """Save in one transaction; a rival who was faster is told as `taken`."""
    try:
        with transaction.atomic(using=DEFAULT):
            yield
    except IntegrityError:
        raise Conflict(faults=[taken]) from None


def _faults_of(user: User, password: str) -> list[Fault]:
    faults: list[Fault] = []
    try:
        user.full_clean(exclude=["password"], validate_unique=False)
    except ValidationError as error:
        faults += [
            Fault(f"/{name}", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return faults + password_faults(password, user, "/password")


def _tell(
    organisation: Organisation | None, verb: str, event: str, actor: str, kind: str, name: str
) -> None:
    scope = organisation.name if organisation else ""
    audit.record(actor, verb, kind, name, using=DEFAULT, organisation=scope)
    outbox.emit(
        event, using=DEFAULT, organisation=scope or outbox.ORGANISATION_WIDE, payload={"name": name}
    )
