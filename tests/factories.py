"""Rows for tests, made where they lie: in the database of their environment.

``GatewayFactory.create(environment=environment)``. Every factory of an environment's rows needs
its environment; names that are not given are the same for every environment, so that a look-up
that forgets whose rows it wants finds somebody else's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import factory
from factory.django import DjangoModelFactory

from gateways.models import (
    Agent,
    AppliedGeneration,
    Gateway,
    GatewayHost,
    Instance,
    Route,
    Service,
    ServiceVersion,
)
from gateways.models.route import TargetKind
from policies.documents.read import policy_from_value
from policies.domain.machine import begin
from policies.models import (
    Decision,
    Evaluation,
    HookDelivery,
    PolicyVersion,
    Release,
    ReleasePolicy,
)
from tenants.domain.authority import EVERYTHING
from tenants.domain.rights import ADMINISTRATOR
from tenants.models import Deletion, Environment, Organisation, RoleBinding, User
from tenants.models.owned import EnvironmentOwned
from tenants.services.bindings import Wanted, bind
from tenants.services.people import create_user
from tenants.services.tenancy import create_environment, create_organisation
from vamp.databases import DEFAULT
from vamp.models import AuditEntry, DeadLetter, OutboxEvent

T = TypeVar("T", bound=EnvironmentOwned)

ACTOR = "tests"
PASSWORD = "correct horse battery"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

POLICY: dict[str, Any] = {
    "kind": "ReleasePolicy",
    "name": "canary",
    "steps": [
        {
            "target": {"weight": weight},
            "conditions": [{"metric": "error_ratio", "operator": "<=", "baseline": 0.05}],
        }
        for weight in ("10%", "50%", "100%")
    ],
}
"""A policy document that keeps every rule."""


def organisation_named(name: str, title: str = "") -> Organisation:
    """Return the organisation of that name, made where there is none."""
    found = Organisation.objects.filter(name=name).first()
    return found or create_organisation(name, actor=ACTOR, title=title)


def environment_in(
    database: str = DEFAULT, *, organisation: str = "acme", name: str = "production", **fields: Any
) -> Environment:
    """Return a new environment whose rows lie in `database`, with mirrored rows there."""
    return create_environment(
        organisation_named(organisation), name, actor=ACTOR, database=database, **fields
    )


def user_of(
    organisation: Organisation | None,
    name: str = "ana",
    *,
    role: str = ADMINISTRATOR,
    environment: str = "",
    **fields: Any,
) -> User:
    """Return a new user of `organisation`; a platform administrator where that is None.

    They have `role` on the whole organisation, or on one of its environments; none where it is
    empty.
    """
    login = f"{organisation.name}/{name}" if organisation else name
    user = create_user(login, PASSWORD, actor=ACTOR, organisation=organisation, **fields)
    if organisation and role:
        given(organisation, role=role, user=login, environment=environment)
        user.refresh_from_db()
    return user


def given(organisation: Organisation, **wanted: Any) -> RoleBinding:
    """Return a new binding, given by somebody who may give everything."""
    return bind(organisation, Wanted(**wanted), actor=ACTOR, authority=EVERYTHING)


class RowFactory(DjangoModelFactory[T]):
    """Base: saves in the database of the row's environment."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[T], *args: Any, **kwargs: Any) -> T:
        row = model_class(*args, **kwargs)
        row.save(force_insert=True)
        return row


class ServiceFactory(RowFactory[Service]):
    class Meta:
        model = Service

    name = "shop"


class VersionFactory(RowFactory[ServiceVersion]):
    class Meta:
        model = ServiceVersion

    name = "1.0.0"
    desired = 1
    service = factory.LazyAttribute(lambda row: ServiceFactory.create(environment=row.environment))
    labels = factory.LazyAttribute(lambda row: {"app": row.service.name, "version": row.name})


class InstanceFactory(RowFactory[Instance]):
    class Meta:
        model = Instance

    uid = factory.Sequence(lambda n: f"shop-{n}")
    host = "127.0.0.1"
    port = 9001
    is_ready = True
    since = NOON
    version = factory.LazyAttribute(lambda row: VersionFactory.create(environment=row.environment))


class GatewayFactory(RowFactory[Gateway]):
    """A gateway without routes; `gateway_with` makes one that has them."""

    class Meta:
        model = Gateway

    name = "shop"


class HostFactory(RowFactory[GatewayHost]):
    class Meta:
        model = GatewayHost

    host = factory.LazyAttribute(lambda row: f"{row.gateway.name}.example.test")


class RouteFactory(RowFactory[Route]):
    class Meta:
        model = Route

    kind = TargetKind.SERVICE
    service = "shop"
    version = "1.0.0"
    name = factory.LazyAttribute(lambda row: f"{row.service}-{row.version}")


def gateway_with(environment: Environment, weights: dict[str, int], **fields: Any) -> Gateway:
    """Return a gateway with a host and a route to each version of service ``shop``.

    Args:
        environment: whose.
        weights: version → hundredths of a percent.
        fields: of the gateway; with an ``id``, its host and routes count theirs from there.
    """

    def own_id(number: int) -> dict[str, int]:
        return {"id": fields["id"] + number} if "id" in fields else {}

    gateway = GatewayFactory.create(environment=environment, **fields)
    HostFactory.create(environment=environment, gateway=gateway, **own_id(0))
    for position, (version, weight) in enumerate(weights.items()):
        RouteFactory.create(
            environment=environment,
            gateway=gateway,
            version=version,
            weight=weight,
            position=position,
            **own_id(position),
        )
    return gateway


class AgentFactory(RowFactory[Agent]):
    class Meta:
        model = Agent

    name = "vga-1"
    boot = "b1"
    started_at = NOON
    reported_at = NOON


class AppliedFactory(RowFactory[AppliedGeneration]):
    class Meta:
        model = AppliedGeneration

    gateway = "shop"
    generation = 1
    applied_at = NOON
    agent = factory.LazyAttribute(lambda row: AgentFactory.create(environment=row.environment))


class PolicyFactory(RowFactory[ReleasePolicy]):
    """A policy without versions; `policy_in` makes one that has its first."""

    class Meta:
        model = ReleasePolicy

    name = "canary"


class PolicyVersionFactory(RowFactory[PolicyVersion]):
    class Meta:
        model = PolicyVersion

    number = 1
    document = factory.LazyAttribute(lambda row: {**POLICY, "name": row.policy.name})
    created_by = ACTOR
    policy = factory.LazyAttribute(lambda row: PolicyFactory.create(environment=row.environment))


class ReleaseFactory(RowFactory[Release]):
    """A release that just began; give `gateway` and `policy_version` to share them."""

    class Meta:
        model = Release

    number = 1
    source = "shop-1.0.0"
    target = "shop-1.1.0"
    source_version = "1.0.0"
    target_version = "1.1.0"
    service = "shop"
    status = "running"
    started_by = ACTOR
    started_at = NOON
    policy_version = factory.LazyAttribute(
        lambda row: PolicyVersionFactory.create(environment=row.environment)
    )
    gateway = factory.LazyAttribute(
        lambda row: gateway_with(row.environment, {"1.0.0": 10_000, "1.1.0": 0})
    )
    state = factory.LazyAttribute(
        lambda row: begin(policy_from_value(POLICY).plan, row.started_at).state.to_value()
    )


class EvaluationFactory(RowFactory[Evaluation]):
    class Meta:
        model = Evaluation

    step = 0
    condition = "error_ratio"
    metric = "error_ratio"
    verdict = "pass"
    value = 0.01
    baseline = 0.05
    samples = 1000
    sentence = "1 % of 1000 requests failed"
    window_start = NOON
    window_end = NOON + timedelta(seconds=30)
    at = NOON + timedelta(seconds=31)
    release = factory.LazyAttribute(lambda row: ReleaseFactory.create(environment=row.environment))


class DecisionFactory(RowFactory[Decision]):
    class Meta:
        model = Decision

    at = NOON
    status = "running"
    step = 0
    actor = ACTOR
    sentence = "the release began"
    release = factory.LazyAttribute(lambda row: ReleaseFactory.create(environment=row.environment))


class HookDeliveryFactory(RowFactory[HookDelivery]):
    class Meta:
        model = HookDelivery

    key = factory.Sequence(lambda n: f"hooks/{n}")
    event = "start"
    url = "http://ci.example.test/hook"
    request = factory.LazyFunction(
        lambda: {"method": "POST", "headers": {"X-Secret": "hunter2"}, "body": {}, "attempts": 6}
    )
    release = factory.LazyAttribute(lambda row: ReleaseFactory.create(environment=row.environment))


def event_in(
    environment: Environment, what: str = "gateways.gateway.changed", **fields: Any
) -> OutboxEvent:
    """Return an event of `environment`; without `position` it is not on the stream yet."""
    organisation = environment.organisation.name
    return OutboxEvent.objects.using(environment.database).create(
        subject=f"vamp.{organisation}.{environment.name}.{what}",
        organisation=organisation,
        environment=environment.name,
        **{"payload": {"gateway": "shop"}, "emitted_at": NOON, **fields},
    )


def audit_entry_in(environment: Environment, **fields: Any) -> AuditEntry:
    """Return an audit entry of `environment`."""
    return AuditEntry.objects.using(environment.database).create(
        organisation=environment.organisation.name,
        environment=environment.name,
        **{
            "at": NOON,
            "actor": ACTOR,
            "verb": "gateway.changed",
            "kind": "gateway",
            "name": "shop",
            **fields,
        },
    )


def dead_letter_in(environment: Environment, **fields: Any) -> DeadLetter:
    """Return an event of `environment` that a consumer gave up."""
    return DeadLetter.objects.using(environment.database).create(
        organisation=environment.organisation.name,
        environment=environment.name,
        **{
            "consumer": "gateways",
            "event_id": f"{environment.database}:{environment.pk}",
            "subject": f"vamp.{environment.path.replace('/', '.')}.gateways.gateway.changed",
            "error": "gave up",
            **fields,
        },
    )


def deletion_in(beside: Environment, **fields: Any) -> Deletion:
    """Return the deletion, long over, of an environment ``old`` in the organisation of `beside`."""
    defaults = {"environment": "old", "row_id": 0, "database": DEFAULT, "requested_by": ACTOR}
    named = {"organisation": beside.organisation.name, "finished_at": NOON}
    return Deletion.objects.create(**{**defaults, **named, **fields})
