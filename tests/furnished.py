"""Two tenants with one of everything, under the same names, and marks to know their rows by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db.models import Model
from django.utils import timezone

from tenants.domain.authority import EVERYTHING
from tenants.models import (
    DedicatedDatabase,
    Deletion,
    Environment,
    Group,
    Organisation,
    Role,
    RoleBinding,
    SignInFailures,
    StorageMove,
    User,
    UserSession,
)
from tenants.services.groups import create_group
from tenants.services.roles import create_role
from tenants.services.second_factor import set_policy
from tenants.services.single_sign_on import set_provider
from tenants.services.tokens import create_token
from tests.factories import (
    ACTOR,
    POLICY,
    AgentFactory,
    AppliedFactory,
    DecisionFactory,
    EvaluationFactory,
    HookDeliveryFactory,
    InstanceFactory,
    PolicyFactory,
    PolicyVersionFactory,
    ReleaseFactory,
    ServiceFactory,
    VersionFactory,
    audit_entry_in,
    dead_letter_in,
    deletion_in,
    environment_in,
    event_in,
    gateway_with,
    given,
    user_of,
)
from tests.security_key import SecurityKey
from vamp.databases import is_explicit
from vamp.drivers.metrics.database import DatabaseMetrics
from vamp.models import RollupRow
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup

Rows = Mapping[type[Model], Model]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with its things.

    Attributes:
        user: of the organisation; agent_token: text of a token for the environment's agents.
        rows: model → a row of this tenant.
    """

    organisation: Organisation
    environment: Environment
    user: User
    agent_token: str
    rows: Rows

    def all_rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return everything that is the tenant's, to compare with later."""
        return {
            model.__name__: list(_rows_of(self, model).order_by("pk").values())
            for model in self.rows
        }


def tenant(name: str, database: str, *, mark: str = "", first_id: int = 1) -> Tenant:
    """Make a tenant with an environment ``production`` and one of everything in it.

    Names are the same for every tenant. Where `mark` is given it stands in every text that people
    read, and there is a second one of everything whose very name begins with it.

    Args:
        name: of the organisation.
        database: where the environment's rows lie.
        mark: lower-case letters, in nothing but this tenant's texts.
        first_id: of the rows of the environment, so that tenants share no ids.
    """
    title = f"{mark} title".strip()
    environment = environment_in(database, organisation=name, title=title)
    environment.organisation.title = title
    environment.organisation.save()
    user = user_of(environment.organisation, full_name=title)
    own, _ = create_token("ci", actor=ACTOR, user=user)
    _, text = create_token("vga", actor=ACTOR, agent_of=environment)
    rows: dict[type[Model], Model] = {
        Organisation: environment.organisation,
        Environment: environment,
        User: user,
        type(own): own,
        **_access_rows(environment.organisation, user, title, ""),
        DedicatedDatabase: database_of(environment.organisation, mark),
        StorageMove: move_of(environment, f"{mark} said".strip()),
        Deletion: deletion_in(environment, waits_for=f"{mark} said".strip()),
    }
    rows |= _sign_in_rows(environment.organisation, user, title)
    if mark:
        create_token(f"{mark}-token", actor=ACTOR, user=user)
        user_of(environment.organisation, f"{mark}-user", full_name=title)
        _access_rows(environment.organisation, user, title, f"{mark}-")
        _environment_rows(environment, mark, f"{mark}-", first_id + 100)
    rows |= _environment_rows(environment, mark, "", first_id)
    return Tenant(environment.organisation, environment, user, text, rows)


def _access_rows(organisation: Organisation, user: User, title: str, prefix: str) -> Rows:
    role = create_role(
        organisation, f"{prefix}releaser", ["release.*"],
        title=title, actor=ACTOR, authority=EVERYTHING,
    )  # fmt: skip
    group = create_group(
        organisation, f"{prefix}sre", title=title, members=[user.login], actor=ACTOR
    )
    binding = given(organisation, role=role.name, group=group.name)
    return {Role: role, Group: group, RoleBinding: binding}


def database_of(organisation: Organisation, mark: str) -> DedicatedDatabase:
    return DedicatedDatabase.objects.create(
        alias=f"{organisation.name}-own", organisation=organisation, url="sqlite:////nowhere/x",
        state="failed", error=f"{mark} said",
    )  # fmt: skip


def move_of(environment: Environment, said: str) -> StorageMove:
    return StorageMove.objects.create(
        environment=environment, kind="events", target="db:", state="done", actor=said, error=said,
        finished_at=timezone.now(),
    )  # fmt: skip


def _sign_in_rows(organisation: Organisation, user: User, said: str) -> Rows:
    now = timezone.now()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    WebAuthn.add(user, f"key {said}", SecurityKey().register("Y2hhbGxlbmdl"))
    rows: list[Model] = [
        UserSession.objects.create(
            session_key=f"{organisation.pk:016x}".ljust(64, "0"), user=user, browser=said, session_data="",
            expire_date=now + timedelta(days=1),
        ),
        SignInFailures.objects.create(
            organisation=organisation, subject=f"{user.login} {said}", address="192.0.2.1",
            failures=5, first_at=now, last_at=now,
        ),
        set_policy(organisation, second_factor="everybody", grace_days=90, actor=ACTOR),
        set_provider(
            organisation, groups=[("devs", "developers")], actor=ACTOR, title=said or "login",
            issuer="http://127.0.0.1:9/", client_id="vamp",
        ),
    ]  # fmt: skip
    return {type(row): row for row in rows}


def _environment_rows(environment: Environment, mark: str, prefix: str, first_id: int) -> Rows:
    said = f"{mark} said".strip()
    here: dict[str, Any] = {"environment": environment, "id": first_id}
    service = ServiceFactory.create(**here, name=f"{prefix}shop")
    version = VersionFactory.create(**here, service=service, labels={"app": f"{prefix}shop"})
    instance = InstanceFactory.create(**here, version=version, uid=f"{prefix}i", reason=said)
    gateway = gateway_with(
        environment, {"1.0.0": 10_000, "1.1.0": 0}, id=first_id, name=f"{prefix}shop",
        title=said, metadata={"team": said}, policy=f"{prefix}canary",
    )  # fmt: skip
    agent = AgentFactory.create(
        **here, name=f"{prefix}vga-1", address=said, reported_at=timezone.now(),
        faults=[{"gateway": "shop", "message": said, "since": timezone.now().isoformat()}],
    )  # fmt: skip
    applied = AppliedFactory.create(**here, agent=agent, gateway=gateway.name)
    policy = PolicyFactory.create(**here, name=f"{prefix}canary", title=said)
    document = {**POLICY, "name": policy.name, "title": said}
    policy_version = PolicyVersionFactory.create(
        **here, policy=policy, document=document, created_by=said
    )
    release = ReleaseFactory.create(
        **here, gateway=gateway, policy_version=policy_version, reason=said, started_by=said
    )
    evaluation = EvaluationFactory.create(**here, release=release, sentence=said)
    decision = DecisionFactory.create(**here, release=release, sentence=said)
    hook = HookDeliveryFactory.create(**here, release=release, url=f"http://x.test/{mark}")
    # Far from those that the services' own entries get, and from each other: where a test commits, the
    # numbers of the tests after it begin at its highest.
    own_id = 1_000_000 * first_id
    event = event_in(environment, position=own_id, payload={"gateway": said}, id=own_id)
    entry = audit_entry_in(environment, name=f"{prefix}shop", actor=said, id=own_id)
    letter = dead_letter_in(
        environment, error=said, id=own_id, event_id=f"{environment.database}:{own_id}"
    )
    rows = [
        service, version, instance, gateway, gateway.hosts.get(), gateway.routes.first(), agent,
        applied, policy, policy_version, release, evaluation, decision, hook, event, entry, letter,
        _rollup_row(environment, gateway.name, agent.name, own_id),
    ]  # fmt: skip
    return {type(row): row for row in rows if row is not None}


def _rollup_row(environment: Environment, gateway: str, agent: str, own_id: int) -> RollupRow:
    metrics = DatabaseMetrics(environment.database, environment.organisation.name, environment.name)
    rollup = Rollup(
        id=f"{agent}/b1/0/{gateway}/shop-1.0.0/0", agent=agent, gateway=gateway,
        route="shop-1.0.0", service="shop", version="1.0.0", start=timezone.now(), seconds=1.0,
        count=3, statuses=(0, 3, 0, 0, 0, 0), errors=0, bytes_out=1, latency_sum_ms=1.0,
        latency_histogram=(3,) + (0,) * (HISTOGRAM_SIZE - 1),
    )  # fmt: skip
    metrics.write([rollup])
    _rollups(environment).filter(gateway=gateway).update(id=own_id)
    return _rollups(environment).get(gateway=gateway)


def _rollups(environment: Environment) -> Any:
    return RollupRow.objects.using(environment.database).filter(
        organisation=environment.organisation.name
    )


def _rows_of(tenant: Tenant, model: type[Model]) -> Any:
    rows = model._base_manager
    if model in (Organisation, Environment, StorageMove):
        return rows.filter(pk=tenant.rows[model].pk)
    if model is Deletion:
        return rows.filter(organisation=tenant.organisation.name)
    if not is_explicit(model):
        if "organisation" not in {field.name for field in model._meta.fields}:
            return rows.filter(user__organisation=tenant.organisation)
        return rows.filter(organisation=tenant.organisation)
    fields = {field.name: field for field in model._meta.fields}
    if "environment" in fields and fields["environment"].is_relation:
        return rows.using(tenant.environment.database).filter(environment=tenant.environment.pk)
    return rows.using(tenant.environment.database).filter(organisation=tenant.organisation.name)
