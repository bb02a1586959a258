"""What may be told of a place's connections: where each leads, who set it, what its test found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connections

from tenants.connections import namespaces
from tenants.domain.namespace import Namespace, NamespaceUnreadable
from tenants.domain.store import SETTABLE, Store
from tenants.models import ConnectionResult, DedicatedDatabase, Environment, Organisation
from tenants.services.check_questions import Place, saved_url, stores_of
from tenants.services.checks import results_of
from tenants.services.events_key_ends import waiting_at
from vamp.databases import DEFAULT
from vamp.dedicated import learnt
from vamp.dsn import Dsn
from vamp.errors import VampError
from vamp.ports.errors import PortError

WAITS = "the event stream's server could not be told yet"


@dataclass(frozen=True, slots=True)
class SecretState:
    """Whether a secret is set, never which.

    Attributes:
        is_set: None where the key-value store did not say.
        set_by: login; set_at: ISO 8601 in UTC; both empty where it is not set.
    """

    is_set: bool | None
    set_by: str = ""
    set_at: str = ""


@dataclass(frozen=True, slots=True)
class KeyToEnd:
    """What some agents hear events with and should not, for the stream was not told yet.

    Attributes:
        token: name of the token that it came with, which is gone or was rotated.
        environment: whose agents; it may be gone.
        due_at: since when; tried_at: when the stream's server was asked last, None for not yet.
        waits_for: why it is not done, as far as it may be told; empty before the first time.
    """

    token: str
    environment: str
    due_at: datetime
    tried_at: datetime | None
    waits_for: str


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One connection, fit to show.

    Attributes:
        store: which.
        url: where it leads, its secret blanked; of the installation's, for those who do not look
            after it, the kind of store alone; empty where none is set.
        origin: ``environment``, ``organisation`` or ``installation``: whose setting counts; empty
            where there is none.
        own_url: what this place itself has set; empty for none.
        is_settable: whether this place may have one of its own.
        secret: of the place whose setting counts; None where there is none to be set.
        result: of the last test; None where there was none.
        keys_to_end: of an event stream; oldest first, `events_key_ends.BATCH` at most.
    """

    store: Store
    url: str
    origin: str
    own_url: str
    is_settable: bool
    secret: SecretState | None
    result: ConnectionResult | None
    keys_to_end: Sequence[KeyToEnd] = ()


def connection_lines(place: Place, *, sees_installation: bool) -> list[ConnectionLine]:
    """Return the connections of `place`.

    Cost: two queries, another where it lies in a database of its organisation's own, and at most
    two reads of the key-value store.

    Args:
        place: whose; None for the installation's.
        sees_installation: whether addresses of the installation's own stores may be told.
    """
    results = results_of([place])
    documents: dict[str, Namespace | None] = {}
    return [
        _line(place, store, results.get((place, store)), documents, sees_installation)
        for store in stores_of(place)
    ]


def _line(
    place: Place,
    store: Store,
    result: ConnectionResult | None,
    documents: dict[str, Namespace | None],
    sees_installation: bool,
) -> ConnectionLine:
    own_database = _own_database(place) if store is Store.DATABASE else None
    source = own_database.organisation if own_database else _source(place, store)
    is_settable = place is not None and store in SETTABLE and store in stores_of(place)
    own = str(getattr(place, f"{store}_url") or "") if is_settable else ""
    if own_database:
        url = own_database.url
    else:
        url = _database_url(place) if store is Store.DATABASE else saved_url(place, store)
    return ConnectionLine(
        store=store,
        url=_shown(url, sees=sees_installation or source is not None),
        origin=_word(source) if url else "",
        own_url=_shown(own, sees=True),
        is_settable=is_settable,
        secret=_secret(
            source, own_database.secret_name if own_database else store.value, documents
        ),
        result=result,
        keys_to_end=_keys_to_end(place, store, sees=sees_installation or source is not None),
    )


def _keys_to_end(place: Place, store: Store, *, sees: bool) -> Sequence[KeyToEnd]:
    """Return what is to be ended; why it is not names the server, which not everybody may know."""
    if store is not Store.EVENTS:
        return ()
    return [
        KeyToEnd(
            token=row.token_name,
            environment=f"{row.organisation}/{row.environment}",
            due_at=row.due_at,
            tried_at=row.tried_at,
            waits_for=row.waits_for if sees or not row.waits_for else WAITS,
        )
        for row in waiting_at(place)
    ]


def _source(place: Place, store: Store) -> Organisation | Environment | None:
    """Return whose setting counts; None for the installation's."""
    if place is None or store not in SETTABLE:
        return None
    if getattr(place, f"{store}_url", ""):
        return place
    if isinstance(place, Environment):
        return _source(place.organisation, store)
    return None


def _word(source: Organisation | Environment | None) -> str:
    if source is None:
        return "installation"
    return "environment" if isinstance(source, Environment) else "organisation"


def _secret(
    source: Organisation | Environment | None,
    name: str,
    documents: dict[str, Namespace | None],
) -> SecretState | None:
    if source is None:
        return None
    if source.path not in documents:
        documents[source.path] = _document(source)
    document = documents[source.path]
    if document is None:
        return SecretState(None)
    held = document.secrets.get(name)
    return SecretState(True, held.set_by, held.set_at) if held else SecretState(False)


def _document(row: Organisation | Environment) -> Namespace | None:
    try:
        return namespaces.document(row)
    except (PortError, NamespaceUnreadable):
        return None  # the page is of use without knowing


def _own_database(place: Place) -> DedicatedDatabase | None:
    """Return the organisation's own database in which `place` lies; None for a configured one."""
    if not isinstance(place, Environment):
        return None
    if place.database in connections.settings and not learnt.is_learnt(place.database):
        return None
    rows = DedicatedDatabase.objects.using(DEFAULT).select_related("organisation")
    return rows.filter(alias=place.database).first()


def _database_url(place: Place) -> str:
    alias = place.database if isinstance(place, Environment) else DEFAULT
    described: Mapping[str, object] = settings.DATABASES.get(alias, {})
    if not described:
        return ""
    if host := described.get("HOST"):
        return f"mysql://{host}:{described.get('PORT')}/{described['NAME']}"
    return f"sqlite://{described['NAME']}"


def _shown(url: str, *, sees: bool) -> str:
    if not url:
        return ""
    if not sees:
        return f"{url.partition(':')[0]}:"
    try:
        return str(Dsn.parse(url))
    except VampError:
        return f"{url.partition(':')[0]}:"
