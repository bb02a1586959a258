"""Testing connections: each is asked within seconds, and what it said is kept until the next time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from tenants import events
from tenants.domain.store import SETTABLE, SYSTEMS, Store
from tenants.models import ConnectionResult, Environment
from tenants.services.check_questions import (
    Place,
    Proposal,
    question,
    saved_url,
    stores_of,
)
from tenants.services.tenancy import url_faults
from vamp import audit, outbox, wiring
from vamp.bounded import LIMIT_S, answers
from vamp.databases import DEFAULT
from vamp.errors import Fault, Invalid, NotFound
from vamp.ports.checks import Checked

MOST_NAMED = 20
"""Places that one test of everything may cover: as many as a page of the overview shows."""

_SCHEMES = {
    Store.KV: ("key-value store", wiring.KV_SCHEMES),
    Store.EVENTS: ("event stream", wiring.EVENTS_SCHEMES),
    Store.METRICS: ("metrics store", wiring.METRICS_SCHEMES),
    Store.SCHEDULER: ("scheduler", wiring.SCHEDULER_SCHEMES),
}


def store_named(place: Place, name: str) -> Store:
    """Return one of the connections of `place` by its name.

    Raises:
        NotFound: it has none of that name; those that it has are named.
    """
    for store in stores_of(place):
        if store == name:
            return store
    known = ", ".join(stores_of(place))
    raise NotFound(f"There is no connection {name[:63]!r}; there are {known}.")


def ask_connection(place: Place, store: Store, *, actor: str) -> Checked:
    """Ask one connection of `place`, as it is saved, and keep what it said.

    Never raises for what a system does. Cost: `LIMIT_S` seconds at most.

    Args:
        place: whose; None for the installation's own.
        store: one of `stores_of`.
        actor: who asks, for the audit trail.
    """
    return ask_connections([place], actor=actor, only=store)[place, store]


def ask_connections(
    places: Iterable[Place], *, actor: str, only: Store | None = None
) -> Mapping[tuple[Place, Store], Checked]:
    """Ask every connection of `places` at once, see `ask_connection`; no longer than for one.

    Raises:
        Invalid: there are more than `MOST_NAMED` places.
    """
    named = list(places)
    if len(named) > MOST_NAMED:
        raise Invalid(f"Test at most {MOST_NAMED} at once.")
    asked = {
        (place, store): question(place, store)
        for place in named
        for store in stores_of(place)
        if only in (None, store)
    }
    found = {
        (place, store): _with_system(checked, place, store)
        for (place, store), checked in answers(asked, limit_s=LIMIT_S).items()
    }
    for place in named:
        _keep(place, {store: each for (of, store), each in found.items() if of == place}, actor)
    return found


def ask_proposal(place: Place, store: Store, proposal: Proposal, *, actor: str) -> Checked:
    """Ask a connection that is not saved, and keep nothing of it but who tried what, without secrets.

    Callers see to it that `actor` might save such a connection: a URL says whom this machine asks.
    A saved secret is shown to the saved URL alone, whatever is proposed.

    Args:
        place: an organisation or environment.
        store: one of `SETTABLE` that `place` has.
        proposal: what to try.
        actor: who asks, for the audit trail.

    Raises:
        Invalid: the URL has a scheme that no driver takes, or holds a secret itself.
    """
    if store not in SETTABLE:
        fault = Fault("/url", f"the {store.label.lower()} is not set by a URL", "leave url out")
        raise Invalid(faults=[fault])
    if proposal.url:
        what, allowed = _SCHEMES[store]
        if faults := url_faults(proposal.url, what, allowed):
            raise Invalid(faults=[Fault("/url", fault.message, fault.hint) for fault in faults])
    found = answers({"it": question(place, store, proposal)}, limit_s=LIMIT_S)["it"]
    checked = _with_system(found, place, store, proposal.url)
    with transaction.atomic(using=DEFAULT):
        _tell(place, actor, {store: checked}, proposed=proposal.url or "another secret")
    return checked


def results_of(places: Iterable[Place]) -> Mapping[tuple[Place, Store], ConnectionResult]:
    """Return what the last tests of `places` found, where there were any. One query."""
    keys = {key_of(place, store): (place, store) for place in places for store in stores_of(place)}
    rows = ConnectionResult.objects.using(DEFAULT).in_bulk(list(keys))
    return {keys[key]: row for key, row in rows.items()}


def forget_results(place: Place) -> None:
    """Forget what tests found, when `place` is deleted. Idempotent."""
    keys = [key_of(place, store) for store in stores_of(place)]
    ConnectionResult.objects.using(DEFAULT).filter(key__in=keys).delete()


def key_of(place: Place, store: Store) -> str:
    """Return the key of a result; see `ConnectionResult`."""
    if place is None:
        return f"i/{store}"
    return f"{'e' if isinstance(place, Environment) else 'o'}{place.pk}/{store}"


def _with_system(checked: Checked, place: Place, store: Store, url: str = "") -> Checked:
    """Name what should have answered, where nothing did."""
    if checked.system:
        return checked
    scheme = (url or saved_url(place, store)).partition(":")[0]
    return replace(checked, system=SYSTEMS.get(scheme, store.label))


def _keep(place: Place, found: Mapping[Store, Checked], actor: str) -> None:
    now = timezone.now()
    rows = [
        ConnectionResult(
            key=key_of(place, store), ok=checked.ok, is_prepared=checked.is_prepared,
            found=checked.as_json(), tested_at=now, tested_by=actor,
        )
        for store, checked in found.items()
    ]  # fmt: skip
    with transaction.atomic(using=DEFAULT):
        for row in rows:
            row.save(using=DEFAULT)
        _tell(place, actor, found)


def _tell(place: Place, actor: str, found: Mapping[Store, Checked], *, proposed: str = "") -> None:
    kind = "environment" if isinstance(place, Environment) else "organisation"
    organisation = place.path.partition("/")[0] if place is not None else ""
    environment = place.name if isinstance(place, Environment) else ""
    after = {store.value: "well" if each.ok else "not well" for store, each in found.items()}
    audit.record(
        actor, "connection.tested", "connection",
        place.path if place is not None else "installation", using=DEFAULT,
        organisation=organisation, environment=environment,
        after=after | ({"proposed": proposed} if proposed else {}),
    )  # fmt: skip
    if place is not None and not proposed:
        outbox.emit(
            events.CONNECTION_TESTED, using=DEFAULT, organisation=organisation,
            environment=environment, payload={"kind": kind, **after},
        )  # fmt: skip
