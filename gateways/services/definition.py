"""Creating, changing and removing gateways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction

from gateways import events
from gateways.documents.between import Clash, ClashKind, GatewayFacts, faults_between
from gateways.documents.gateway import GatewayDocument
from gateways.documents.write import to_document
from gateways.domain.layout import Layout, rebalance
from gateways.domain.shift import FREELY, Shift
from gateways.exceptions import GatewayChanged, GatewayLoop, StillInUse, TakenElsewhere
from gateways.models import Gateway, GatewayHost, Route
from gateways.services.locking import locked, serialise
from gateways.services.rows import document_of, options_of, route_rows, shares_of
from gateways.services.scope import Scope
from gateways.services.selection import reselect
from tenants.models import Environment
from tenants.services.quotas import Quota, Room, room
from tenants.services.standing import require_active
from vamp.contention import repeated
from vamp.errors import Conflict, Fault


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of a document.

    Attributes:
        gateway: the row as it is now; on a dry run, not saved.
        is_created: there was no gateway of that name before.
        is_changed: anything about it is different.
        before: the document as it was, None where it is new; after: as it is now.
    """

    gateway: Gateway
    is_created: bool
    is_changed: bool
    before: dict[str, Any] | None
    after: dict[str, Any]


@repeated
def put_gateway(
    environment: Environment,
    document: GatewayDocument,
    *,
    actor: str,
    expected_revision: int | None = None,
    is_dry_run: bool = False,
    shift: Shift = FREELY,
) -> PutResult:
    """Make the gateway of that name what `document` says; make it where there is none.

    Routes that a selector made and that the document leaves out stay, with the weights that they
    have unless the document gives weights itself. Where nothing would change nothing is written.

    Args:
        environment: where.
        document: read by `gateways.documents.read`.
        actor: who does it, for the audit trail.
        expected_revision: refuse where the gateway is at another; 0 for "must be new".
        is_dry_run: check and compare, write nothing.
        shift: how far whoever asks may move traffic.

    Raises:
        NotAllowed: it goes beyond `shift`.
        TakenElsewhere: a host or port is another gateway's; every fault is listed.
        GatewayLoop: the gateways would lead to each other, or to one that is not there.
        GatewayChanged: it is not at `expected_revision`.
        Conflict: it is being removed.
        NotActive: the environment is archived or being deleted.
        QuotaReached: the organisation has as many gateways as it may have.
    """
    require_active(environment)
    scope = Scope(environment, actor)
    try:
        with (
            room(environment.organisation, Quota.GATEWAYS) as quota,
            transaction.atomic(using=scope.database),
        ):
            result = _put(scope, document, expected_revision, shift, quota)
            if is_dry_run or not result.is_changed:
                transaction.set_rollback(True, using=scope.database)
    except IntegrityError:
        # Another request took the name, a host or the port between the check and the write.
        raise TakenElsewhere(
            faults=[Fault("", "another change took a name, host or port of this one", "try again")]
        ) from None
    if result.is_changed:
        return result
    return replace(result, gateway=_fresh(environment, result.gateway))


@repeated
def remove_gateway(gateway: Gateway, *, actor: str, expected_revision: int | None = None) -> None:
    """Take a gateway out of service; its row goes once the key-value store no longer holds it.

    Raises:
        StillInUse: routes of other gateways lead to it; each is listed.
        NotFound: it is gone, or being removed already.
        GatewayChanged: it is not at `expected_revision`.
    """
    environment = gateway.environment
    scope = Scope(environment, actor)
    with transaction.atomic(using=scope.database):
        serialise(scope)
        # As it is now: the caller's row may be older than what agents have been told meanwhile.
        gateway = locked(environment, gateway.name, expected_revision=expected_revision)
        users = (
            Route.objects.in_environment(environment)
            .filter(target_gateway=gateway.name, gateway__is_removed=False)
            .exclude(gateway_id=gateway.pk)
            .values_list("gateway__name", flat=True)
            .distinct()
        )
        if faults := [
            Fault("", f"a route of gateway {name} leads here", "take that route away first")
            for name in users[:20]
        ]:
            raise StillInUse(faults=faults)
        before = to_document(document_of(gateway))
        gateway.hosts.all().delete()
        gateway.port = None
        gateway.is_removed = True
        gateway.generation += 1
        gateway.revision += 1
        gateway.save()
        scope.audit("gateway.removed", gateway.name, before=before)
        scope.emit(events.GATEWAY_REMOVED, {"gateway": gateway.name})


def clashes(environment: Environment, documents: Sequence[GatewayDocument]) -> tuple[Clash, ...]:
    """Return everything in which `documents` clash with each other and the environment's gateways.

    Cost: three queries; reads names, hosts, ports and nesting of every gateway.
    """
    return faults_between(documents, _standing(environment))


def refuse(found: Sequence[Clash]) -> None:
    """Raise the error that fits the gravest of `found`, with all of their faults; else nothing."""
    if not found:
        return
    faults = [clash.fault for clash in found]
    is_taken = all(clash.kind is ClashKind.TAKEN for clash in found)
    raise TakenElsewhere(faults=faults) if is_taken else GatewayLoop(faults=faults)


def _standing(environment: Environment) -> list[GatewayFacts]:
    hosts: dict[int, list[str]] = {}
    for pk, host in GatewayHost.objects.in_environment(environment).values_list(
        "gateway_id", "host"
    ):
        hosts.setdefault(pk, []).append(host)
    nested: dict[int, list[str]] = {}
    for pk, name in (
        Route.objects.in_environment(environment)
        .exclude(target_gateway="")
        .values_list("gateway_id", "target_gateway")
    ):
        nested.setdefault(pk, []).append(name)
    rows = Gateway.objects.in_environment(environment).present()
    return [
        GatewayFacts(name, tuple(hosts.get(pk, ())), port, tuple(nested.get(pk, ())), protocol)
        for pk, name, port, protocol in rows.values_list("pk", "name", "port", "protocol")
    ]


def _put(
    scope: Scope,
    document: GatewayDocument,
    expected_revision: int | None,
    shift: Shift,
    quota: Room,
) -> PutResult:
    environment = scope.environment
    serialise(scope)
    gateway = _held(environment, document.name)
    _check_revision(gateway, document.name, expected_revision)
    before = to_document(document_of(gateway)) if gateway else None
    held = shares_of(gateway.routes.all()) if gateway else {}
    refuse(clashes(environment, [document]))
    if gateway is None:
        quota.take()
    gateway = gateway or Gateway(
        environment=environment, name=document.name, generation=0, revision=0
    )
    _write(scope, gateway, document)
    if gateway.selector:
        reselect(scope, [_fresh(environment, gateway)])
    gateway = _fresh(environment, gateway)
    after = to_document(document_of(gateway))
    if before == after:
        return PutResult(gateway, False, False, before, after)
    shift.refuse_beyond(gateway.name, held, shares_of(gateway.routes.all()))
    scope.audit(
        "gateway.changed" if before else "gateway.created", gateway.name, before=before, after=after
    )
    scope.emit(
        events.GATEWAY_CHANGED if before else events.GATEWAY_CREATED,
        {"gateway": gateway.name, "generation": gateway.generation, "revision": gateway.revision},
    )
    return PutResult(gateway, before is None, True, before, after)


def _held(environment: Environment, name: str) -> Gateway | None:
    gateway = (
        Gateway.objects.in_environment(environment)
        .select_for_update()
        .prefetch_related("hosts", "routes")
        .filter(name=name)
        .first()
    )
    if gateway is None:
        return None
    if gateway.is_removed:
        raise Conflict(
            faults=[
                Fault(
                    "/name",
                    f"gateway {name} is being removed",
                    "try again once agents let go of it",
                )
            ]
        )
    gateway.environment = environment
    return gateway


def _fresh(environment: Environment, gateway: Gateway) -> Gateway:
    found = (
        Gateway.objects.in_environment(environment)
        .prefetch_related("hosts", "routes")
        .get(pk=gateway.pk)
    )
    found.environment = environment
    return found


def _check_revision(gateway: Gateway | None, name: str, expected: int | None) -> None:
    held = gateway.revision if gateway else 0
    if expected is not None and expected != held:
        message = f"gateway {name} is at revision {held}" if held else f"there is no gateway {name}"
        raise GatewayChanged(
            faults=[Fault("", f"{message}, not at {expected}", "read it again, then repeat")]
        )


def _write(scope: Scope, gateway: Gateway, document: GatewayDocument) -> None:
    gateway.title = document.title
    gateway.protocol = document.protocol
    gateway.port = document.port
    gateway.options = options_of(document)
    gateway.selector = document.selector
    gateway.policy = document.policy
    gateway.metadata = dict(document.metadata)
    gateway.generation += 1
    gateway.revision += 1
    gateway.save()
    _write_hosts(scope, gateway, document)
    held = list(gateway.routes.all())
    wanted = route_rows(gateway, document, held)
    _write_routes(scope, gateway, held, wanted)
    weights = {route.name: route.weight for route in wanted}
    gateway.layout = rebalance(Layout.from_json(gateway.layout), weights).to_json()
    gateway.save(update_fields=["layout"])


def _write_hosts(scope: Scope, gateway: Gateway, document: GatewayDocument) -> None:
    held = [row.host for row in gateway.hosts.all()]
    if held == list(document.hosts):
        return
    gateway.hosts.all().delete()
    GatewayHost.objects.using(scope.database).bulk_create(
        GatewayHost(environment=scope.environment, gateway=gateway, host=host, position=position)
        for position, host in enumerate(document.hosts)
    )


ROUTE_FIELDS = (
    "position", "kind", "service", "version", "target_gateway", "addresses", "weight", "condition",
    "strength", "priority", "is_selected",
)  # fmt: skip


def _write_routes(
    scope: Scope, gateway: Gateway, held: Sequence[Route], wanted: Sequence[Route]
) -> None:
    rows = Route.objects.using(scope.database)
    kept = {route.pk for route in wanted if route.pk}
    gone = [route.pk for route in held if route.pk not in kept]
    if gone:
        rows.filter(pk__in=gone).delete()
    rows.bulk_update([route for route in wanted if route.pk], ROUTE_FIELDS)
    rows.bulk_create(route for route in wanted if not route.pk)
