"""Salts of passwords: made with the first password, turned over on demand, dropped when unused.

A salt lies in the key-value store alone, in the document of its namespace; the user's row holds
the key id of the one that was used. `tenants.models.User` is above this module's reach, so the
settings name `salted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from tenants import events
from tenants.connections import namespaces
from tenants.domain import salting
from tenants.domain.namespace import Namespace, NamespaceUnreadable, Salt
from tenants.domain.salting import Salted
from tenants.models import Organisation, User
from tenants.models.user import UserQuerySet
from tenants.secrets import INSTALLATION, Installation
from tenants.services.namespaces import write
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Unavailable
from vamp.ports.errors import PortError

Holder = Organisation | Installation

SETTLED_AFTER = timedelta(hours=1)
"""An old salt is dropped only so long after the newest was made: by then whoever mixed a password
with it a moment before has saved the row that says so."""

AWAY = (
    "The key-value store does not answer, so passwords cannot be checked; nothing was changed."
    " Try again in a moment."
)


def holder_of(organisation: Organisation | None) -> Holder:
    """Return whose salt the people of `organisation` have; without one, the installation's."""
    return organisation or INSTALLATION


def salted(organisation: Organisation | None, password: str, key_id: str = "") -> Salted | None:
    """Mix `password` with a salt.

    Args:
        organisation: of the user; None for a platform administrator.
        password: as it was typed.
        key_id: of the salt; empty for the newest, which is made where there is none yet.

    Returns:
        None where the salt of `key_id` is gone for good: the password must be set anew.

    Raises:
        Unavailable: the store does not answer, and the salts were not read before. Cost: at most
            one read, two where the salt was made elsewhere a moment ago.
    """
    holder = holder_of(organisation)
    try:
        document = _document_with(holder, key_id)
        used = key_id or document.salt
        salt = document.salts.get(used)
    except (PortError, NamespaceUnreadable) as error:
        raise Unavailable(AWAY) from error
    if salt is None:
        return None
    return Salted(salting.salted(password, salt.value), used, used == document.salt)


@dataclass(frozen=True, slots=True)
class HeldSalt:
    """A salt as people may see it: never itself.

    Attributes:
        key_id: what rows of users name it by.
        made_at: when it was made.
        is_newest: passwords that are set now are mixed with it.
        passwords: how many are.
    """

    key_id: str
    made_at: datetime
    is_newest: bool
    passwords: int


def held_salts(holder: Holder) -> list[HeldSalt]:
    """Return the salts of `holder`, newest first; none before the first password.

    Cost: a read of the store, and one query.

    Raises:
        PortError: the store does not answer.
        Unavailable: what it has cannot be read.
    """
    namespaces.forget(holder)
    try:
        document = namespaces.document(holder)
    except NamespaceUnreadable as error:
        raise Unavailable(str(error)) from error
    counts = dict(_users_of(holder).values_list("password_salt").annotate(Count("pk")).order_by())
    found = [
        HeldSalt(
            key_id=key_id,
            made_at=datetime.fromisoformat(salt.made_at),
            is_newest=key_id == document.salt,
            passwords=counts.get(key_id, 0),
        )
        for key_id, salt in document.salts.items()
    ]
    return sorted(found, key=lambda each: (each.is_newest, each.made_at), reverse=True)


def rotate_salt(holder: Holder, *, actor: str) -> str:
    """Make a new salt, with which every password is mixed from now on.

    Each person's password moves to it at the next sign-in; until then the old salt stays. Nobody
    is signed out.

    Returns:
        The key id of the new salt.

    Raises:
        PortError: the store does not answer; nothing was changed.
    """
    key_id = _add(holder, only_first=False)
    _tell(holder, "salt_rotated", actor, after={"salt": key_id})
    return key_id


def drop_unused_salts(holder: Holder) -> list[str]:
    """Forget the old salts that no password needs any more; the newest always stays.

    Returns:
        Key ids of those that were dropped. Cost: a read of the store, and one query where it
        holds more than one.

    Raises:
        PortError: the store does not answer; a repeat is safe.
    """
    namespaces.forget(holder)
    document = namespaces.document(holder)
    if len(document.salts) < 2 or not _is_settled(document):
        return []
    used = used_salts(holder)
    dropped = sorted(document.salts.keys() - used - {document.salt})
    if dropped:
        # Only what was looked at: a salt that was made meanwhile stays.
        write(holder, lambda found: found.with_salts_of(found.salts.keys() - set(dropped)))
        _tell(holder, "salt_dropped", "vamp:salts", before={"salts": dropped})
    return dropped


def used_salts(holder: Holder) -> set[str]:
    """Return the key ids that rows of users name. One query."""
    return set(_users_of(holder).values_list("password_salt", flat=True)) - {""}


def _users_of(holder: Holder) -> UserQuerySet:
    organisation = holder if isinstance(holder, Organisation) else None
    found: UserQuerySet = User.objects.using(DEFAULT).filter(organisation=organisation)
    return found


def _is_settled(document: Namespace) -> bool:
    made_at = datetime.fromisoformat(document.salts[document.salt].made_at)
    return timezone.now() - made_at > SETTLED_AFTER


def _document_with(holder: Holder, key_id: str) -> Namespace:
    """Return the document, read anew where it has not got what is asked for."""
    document = namespaces.document(holder)
    if (key_id or document.salt) in document.salts:
        return document
    namespaces.forget(holder)
    document = namespaces.document(holder)
    if not key_id and not document.salt:
        _add(holder, only_first=True)
        document = namespaces.document(holder)
    return document


def _add(holder: Holder, *, only_first: bool) -> str:
    key_id = salting.new_key_id()
    salt = Salt(salting.new_salt(), timezone.now().isoformat(timespec="seconds"))

    def change(document: Namespace) -> Namespace:
        if only_first and document.salt:  # a rival was faster, and people have his already
            return document
        return document.with_salt(key_id, salt)

    write(holder, change)
    namespaces.forget(holder)
    return key_id


def _tell(
    holder: Holder,
    verb: str,
    actor: str,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Note it once the store has it: a crash between the two loses the note, not the salt."""
    kind = "organisation" if isinstance(holder, Organisation) else "installation"
    with transaction.atomic(using=DEFAULT):
        audit.record(
            actor, f"{kind}.{verb}", kind, holder.name, using=DEFAULT,
            organisation=holder.name, before=before, after=after,
        )  # fmt: skip
        outbox.emit(
            events.SALT_CHANGED, using=DEFAULT,
            organisation=holder.name or outbox.ORGANISATION_WIDE, payload={"change": verb},
        )  # fmt: skip
