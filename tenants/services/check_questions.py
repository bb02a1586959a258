"""What to ask of each connection, as it is saved or as somebody proposes it. Asks nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings

from tenants import connections
from tenants.connections import Connection
from tenants.domain.store import OF_ENVIRONMENT, OF_INSTALLATION, OF_ORGANISATION, SYSTEMS, Store
from tenants.models import Environment, Organisation
from vamp import checking, streams, wiring
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.egress import check_host
from vamp.errors import Fault, Invalid, VampError
from vamp.ports.checks import Checked, Finding, Tone
from vamp.ports.errors import PortError
from vamp.streams import Stream

Place = Organisation | Environment | None
"""Whose connections: a tenant's, or the installation's (None)."""

Question = Callable[[], Checked]

INSTALLATION_PLACE = "vamp/readiness"
"""Where in the key-value store the installation's own connection is tried; nobody's name."""

INSTALLATION = "vamp"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A connection that is to be tried before it is saved.

    Attributes:
        url: of the store; empty for the one that is saved.
        secret: what opens it; empty for the one that is saved, which is shown to the saved URL only.
        namespace: of a scheduler's cluster; empty for the environment's.
    """

    url: str = ""
    secret: str = field(default="", repr=False)
    namespace: str = ""


def stores_of(place: Place) -> list[Store]:
    """Return the connections that `place` has."""
    if place is None:
        return [*OF_INSTALLATION]
    return [*(OF_ENVIRONMENT if isinstance(place, Environment) else OF_ORGANISATION)]


def question(place: Place, store: Store, proposal: Proposal | None = None) -> Question:
    """Return what asks the connection of `place` to `store`; it never raises.

    Args:
        place: whose.
        store: one of `stores_of`.
        proposal: what to try in place of what is saved.
    """

    def ask() -> Checked:
        system = ""
        try:
            found = connection_of(place, store, proposal)
            system = SYSTEMS.get(found.url.partition(":")[0], "")
            if proposal is not None and proposal.url:
                check_host(Dsn.parse(found.url).host)
            return _asked(place, store, found, proposal)
        except PortError as error:
            return Checked.failed(system, str(error))
        except VampError as error:
            hint = "; ".join(fault.hint for fault in error.faults if fault.hint)
            said = "; ".join(fault.message for fault in error.faults) or error.message
            return Checked.failed(system, said, hint)

    return ask


def connection_of(place: Place, store: Store, proposal: Proposal | None = None) -> Connection:
    """Return where the store of `place` is and what opens it; of a proposal where it says so.

    Raises:
        PortError: a secret cannot be read.
        Invalid: the installation has no key for that server.
    """
    if proposal is None or not (proposal.url or proposal.secret):
        return _saved(place, store)
    url = proposal.url or saved_url(place, store)
    if proposal.secret:
        return Connection(url, proposal.secret)
    if url == saved_url(place, store):
        return _saved(place, store)
    # A secret that was stored for one address is never shown to another.
    return Connection(url, _installations_key(store, url))


def _installations_key(store: Store, url: str) -> str:
    """Return the installation's key where `url` is on the server that the key is for."""
    if store is Store.KV:
        return connections.kv_key(url)
    return connections.events_key(url) if store is Store.EVENTS else ""


def saved_url(place: Place, store: Store) -> str:
    """Return the URL of the store that serves `place`; empty where it has none."""
    if store is Store.BROKER:
        return str(settings.CELERY_BROKER_URL)
    if store is Store.DATABASE:
        return ""
    if store is Store.SCHEDULER:
        return place.scheduler_url if isinstance(place, Environment) else ""
    for row in _rows(place):
        if url := getattr(row, f"{store}_url"):
            return str(url)
    return str(getattr(settings, f"{store.upper()}_URL"))


def _rows(place: Place) -> list[Organisation | Environment]:
    if place is None:
        return []
    return [place, place.organisation] if isinstance(place, Environment) else [place]


def _saved(place: Place, store: Store) -> Connection:
    url = saved_url(place, store)
    for row in _rows(place):
        if store in (Store.KV, Store.METRICS, Store.EVENTS) and getattr(row, f"{store}_url"):
            key = connections.secret_of(row, url, store)
            return Connection(url, key or _installations_key(store, url))
    if store is Store.SCHEDULER and isinstance(place, Environment):
        # Where there is none there is nothing to open, and a store that is away is not asked.
        return Connection(url, connections.secret_of(place, url, store) if url else "")
    keys = {Store.KV: settings.KV_KEY, Store.EVENTS: settings.EVENTS_KEY}
    return Connection(url, keys.get(store, ""))


def _asked(place: Place, store: Store, found: Connection, proposal: Proposal | None) -> Checked:
    if store is Store.DATABASE:
        return checking.check_database(_database(place))
    if store is Store.BROKER:
        return checking.check_broker(found.url)
    if store is Store.KV:
        return wiring.kv_from_url(found.url, key=found.key).check(_kv_place(place))
    if store is Store.EVENTS:
        return _ask_events(place, found, is_kept=proposal is None)
    if store is Store.METRICS:
        return wiring.metrics_from_url(
            found.url,
            database=_database(place),
            organisation=_organisation(place),
            environment=place.name if isinstance(place, Environment) else INSTALLATION,
            key=found.key,
        ).check()
    return _ask_scheduler(place, found, proposal)


def _ask_events(place: Place, found: Connection, *, is_kept: bool) -> Checked:
    if is_kept:
        stream = streams.opened(Stream(found.url, found.key), _database(place))
    else:  # what somebody tries stays open no longer than that
        stream = wiring.events_from_url(found.url, database=_database(place), key=found.key)
    try:
        return stream.check(_organisation(place))
    finally:
        if not is_kept and (close := getattr(stream, "close", None)):
            close()


def _ask_scheduler(place: Place, found: Connection, proposal: Proposal | None) -> Checked:
    if not isinstance(place, Environment):
        raise Invalid(faults=[Fault("", "only an environment has a scheduler")])
    if not found.url:
        hint = "set one, such as local:/srv/vamp/services or kubernetes://host:port"
        missing = Finding("is set", Tone.UNPREPARED, "there is no scheduler yet", hint)
        return Checked("no scheduler", findings=(missing,))
    proposed = proposal.namespace if proposal else ""
    return wiring.scheduler_from_url(
        found.url,
        namespace=proposed or place.namespace,
        service_label=place.service_label,
        version_label=place.version_label,
        secret=found.key,
    ).check()


def _database(place: Place) -> str:
    return place.database if isinstance(place, Environment) else DEFAULT


def _organisation(place: Place) -> str:
    if place is None:
        return INSTALLATION
    return place.organisation.name if isinstance(place, Environment) else place.name


def _kv_place(place: Place) -> str:
    if place is None:
        return INSTALLATION_PLACE
    return place.path if isinstance(place, Environment) else f"{place.name}/organisation"
