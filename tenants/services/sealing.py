"""Sealing what must lie in SQL and is secret all the same: the secrets of second factors.

The key lies in the key-value store alone, in the installation's document; whoever has the rows
alone has nothing.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken
from django.utils import timezone

from tenants.connections import namespaces
from tenants.domain.namespace import (
    SECOND_FACTOR_SECRET,
    Namespace,
    NamespaceUnreadable,
    Secret,
)
from tenants.secrets import INSTALLATION
from tenants.services.namespaces import write
from vamp.errors import Unavailable
from vamp.ports.errors import PortError

AWAY = (
    "The key-value store does not answer, so second factors cannot be checked; nothing was"
    " changed. Try again in a moment."
)


class SealBroken(ValueError):
    """What is sealed was made with another key, or changed. It must be set up anew."""


def seal(text: str) -> str:
    """Return `text` sealed, safe to keep in SQL.

    Raises:
        Unavailable: the key cannot be read. Cost: at most one read of the store.
    """
    return _fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what `seal` was given.

    Raises:
        Unavailable: the key cannot be read.
        SealBroken: see there.
    """
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken("sealed with another key") from None


def _fernet() -> Fernet:
    try:
        held = namespaces.document(INSTALLATION).secrets.get(SECOND_FACTOR_SECRET)
        if held is None:
            held = _made()
    except (PortError, NamespaceUnreadable) as error:
        raise Unavailable(AWAY) from error
    return Fernet(held.value.encode())


def _made() -> Secret:
    now = timezone.now().isoformat(timespec="seconds")
    fresh = Secret(Fernet.generate_key().decode(), now, "vamp:sealing")

    def change(document: Namespace) -> Namespace:
        if SECOND_FACTOR_SECRET in document.secrets:  # a rival was faster
            return document
        return document.with_secret(SECOND_FACTOR_SECRET, fresh)

    write(INSTALLATION, change)
    namespaces.forget(INSTALLATION)
    return namespaces.document(INSTALLATION).secrets[SECOND_FACTOR_SECRET]
