"""What lies where: an environment's stores, as the doors show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connections

from tenants.connections import url_of
from tenants.models import DedicatedDatabase, Environment, StorageMove, StoreKind
from vamp.databases import DEFAULT
from vamp.dsn import Dsn


@dataclass(frozen=True, slots=True)
class Lying:
    """One of an environment's stores.

    Attributes:
        kind: one of `StoreKind`.
        name: alias of the database, or the URL that the environment names; empty for none.
        url: where it is, without a secret.
        whose: ``environment``, ``organisation`` or ``installation``: who names it.
        old_url: the store that is kept in step, or still heard, beside it.
        former: databases with events and audit trail from before moves.
        move: the move that is under way, if any.
    """

    kind: str
    name: str
    url: str
    whose: str
    old_url: str = ""
    former: Sequence[str] = ()
    move: StorageMove | None = None

    @property
    def label(self) -> str:
        """The kind, for people."""
        return StoreKind(self.kind).label


def stores_of(environment: Environment) -> Sequence[Lying]:
    """Return every store of an environment. Two queries; asks no store."""
    moves = {
        move.kind: move
        for move in StorageMove.objects.using(DEFAULT)
        .filter(environment=environment, active__isnull=False)
        .select_related("environment__organisation")
    }
    return [
        _database(environment, moves),
        *(
            _store(environment, kind, moves)
            for kind in (StoreKind.KV, StoreKind.METRICS, StoreKind.EVENTS)
        ),
    ]


def _database(environment: Environment, moves: Mapping[str, StorageMove]) -> Lying:
    alias = environment.database
    row = DedicatedDatabase.objects.using(DEFAULT).filter(alias=alias).first()
    return Lying(
        StoreKind.DATABASE,
        alias,
        shown(row.url) if row else _configured(alias),
        "organisation" if row else "installation",
        former=[each for each in environment.databases if each != alias],
        move=moves.get(StoreKind.DATABASE),
    )


def _configured(alias: str) -> str:
    found = connections.settings.get(alias, {})
    if "sqlite" in str(found.get("ENGINE", "")):
        return f"sqlite://{found['NAME']}"
    return f"mysql://{found.get('HOST')}:{found.get('PORT')}/{found.get('NAME')}"


def _store(environment: Environment, kind: str, moves: Mapping[str, StorageMove]) -> Lying:
    own = str(getattr(environment, f"{kind}_url"))
    inherited = getattr(environment.organisation, f"{kind}_url")
    whose = "environment" if own else "organisation" if inherited else "installation"
    return Lying(
        kind,
        own,
        shown(url_of(environment, kind, own)),
        whose,
        old_url=shown(getattr(environment, f"{kind}_old_url", "")),
        move=moves.get(kind),
    )


def shown(url: str) -> str:
    """Return a URL as people may see it: without a secret or options."""
    return str(Dsn.parse(url)) if url else ""
