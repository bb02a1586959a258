"""Where a move leads: the store as it is named, what it is compared with, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tenants.connections import store_secret_name, url_of
from tenants.models import Environment, StoreKind
from tenants.services.dedicated import faults_of_choice
from tenants.services.namespaces import keep_secret
from tenants.services.tenancy import organisation_faults
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid, VampError


@dataclass(frozen=True, slots=True)
class Destination:
    """What a move would do.

    Attributes:
        environment: what is moved.
        kind: of store.
        source: alias or URL, as the environment's row names it; empty for what it inherits.
        target: likewise.
        faults: why it cannot be.
        is_there: it lies there already.
    """

    environment: Environment
    kind: str
    source: str
    target: str
    faults: Sequence[Fault] = field(default=())
    is_there: bool = False

    @property
    def label(self) -> str:
        """The kind, for people."""
        return StoreKind(self.kind).label

    def refusal(self) -> VampError:
        """Return the faults as an error to raise."""
        return Conflict(faults=self.faults) if self.is_there else Invalid(faults=self.faults)

    def keep(self, secret: str, *, actor: str) -> None:
        """Keep what opens the target, in the installation's key-value store.

        Under a name of its own: what opens the present store stays what it is.
        """
        if secret and self.target and self.kind != StoreKind.DATABASE:
            name = store_secret_name(self.kind, self.target)
            keep_secret(self.environment, name, secret, actor=actor)


def destination_of(environment: Environment, kind: str, target: str) -> Destination:
    """Return where a move would lead, with everything that is wrong with it. Asks no server."""
    if kind not in StoreKind.values:
        fault = Fault("/kind", f"there is no store {kind[:31]!r}", f"one of {StoreKind.values}")
        return Destination(environment, kind, "", target, [fault])
    if kind == StoreKind.DATABASE:
        return _database(environment, target or DEFAULT)
    source = str(getattr(environment, f"{kind}_url"))
    faults = [
        Fault("/to", each.message, each.hint)
        for each in organisation_faults({f"{kind}_url": target})
    ]
    if faults:
        return Destination(environment, kind, source, target, faults)
    if url_of(environment, kind, source) == url_of(environment, kind, target):
        return _there(environment, kind, source, target)
    return Destination(environment, kind, source, target)


def _database(environment: Environment, target: str) -> Destination:
    kind, source = StoreKind.DATABASE, environment.database
    if target == source:
        return _there(environment, kind, source, target)
    faults = faults_of_choice(environment.organisation, target, "/to")
    return Destination(environment, kind, source, target, faults)


def _there(environment: Environment, kind: str, source: str, target: str) -> Destination:
    label = StoreKind(kind).label
    fault = Fault("/to", f"the {label} of {environment} lies there already", "name another")
    return Destination(environment, kind, source, target, [fault], is_there=True)
