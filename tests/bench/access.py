"""An organisation with many bindings and gateways, for the benches of rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import connections
from django.test.utils import CaptureQueriesContext

from gateways.models import Gateway, GatewayHost, Route
from gateways.models.route import TargetKind
from tenants.models import Environment, RoleBinding, User
from tenants.services.people import create_user
from tenants.services.tenancy import create_environment, create_organisation
from tests.bench.rows import ACTOR, new_environment

PASSWORD: Final = "correct horse battery"


def user_with(environment: Environment, name: str, bindings: int) -> User:
    """Return a user with so many bindings: on single gateways, but for one in a hundred."""
    organisation = environment.organisation
    login = f"{organisation.name}/{environment.name}-{name}"
    user = create_user(login, PASSWORD, actor=ACTOR, organisation=organisation)
    RoleBinding.objects.bulk_create(
        RoleBinding(
            organisation=organisation,
            environment=environment,
            user=user,
            builtin="operator",
            created_by=ACTOR,
            **_reach(number),
        )
        for number in range(bindings)
    )
    return reread(user)


def _reach(number: int) -> Mapping[str, str]:
    if number % 100 == 99:
        return {"selector": f"team=team-{number // 100}"}
    return {"object_kind": "gateway", "object_name": gateway_name(number)}


def reread(user: User) -> User:
    """Return a user as a request reads them: the row with its organisation. One query."""
    return User.objects.select_related("organisation").get(pk=user.pk)


def gateway_name(number: int) -> str:
    """Return the name of gateway `number`, such that names sort by number."""
    return f"g{number:05d}"


def filled_environment(gateways: int) -> Environment:
    """Return a new environment with so many gateways, each with a host and two routes."""
    environment = new_environment()
    rows = Gateway.objects.using(environment.database)
    rows.bulk_create(
        [
            Gateway(
                environment=environment,
                name=gateway_name(number),
                metadata={"team": f"team-{number % 50}", "tier": "web"},
            )
            for number in range(gateways)
        ],
        batch_size=500,
    )
    found = list(rows.filter(environment=environment).order_by("name"))
    GatewayHost.objects.using(environment.database).bulk_create(
        [
            GatewayHost(environment=environment, gateway=each, host=f"{each.name}.acme.test")
            for each in found
        ],
        batch_size=500,
    )
    Route.objects.using(environment.database).bulk_create(
        [
            Route(
                environment=environment, gateway=each, name=f"shop-{version}", position=place,
                kind=TargetKind.SERVICE, service="shop", version=version, weight=weight,
            )
            for each in found
            for place, (version, weight) in enumerate((("1.0.0", 9_000), ("1.1.0", 1_000)))
        ],
        batch_size=500,
    )  # fmt: skip
    return environment


def other_tenants(count: int) -> None:
    """Make so many organisations with an environment, a user and a binding each."""
    for number in range(count):
        organisation = create_organisation(f"tenant-{number}", actor=ACTOR)
        create_environment(organisation, "production", actor=ACTOR)
        user = User.objects.create(login=f"tenant-{number}/ana", organisation=organisation)
        RoleBinding.objects.create(
            organisation=organisation, user=user, builtin="administrator", created_by=ACTOR
        )


def queries_of(work: object, database: str) -> int:
    """Return how many queries calling `work` takes, on the default database and `database`."""
    with CaptureQueriesContext(connections[database]) as found:
        work()  # type: ignore[operator]
    return len(found)
