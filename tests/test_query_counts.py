"""Every list of the API costs the same for one row and for twenty, and not much."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.models import SignInFailures, StorageMove, User, UserSession
from tenants.services.dedicated import create_database
from tenants.services.groups import create_group
from tenants.services.tokens import create_token
from tests.factories import (
    AgentFactory,
    AppliedFactory,
    EvaluationFactory,
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

ORGANISATION = "/api/v1/organisations/acme"
HERE = f"{ORGANISATION}/environments/production"
MOST_QUERIES = 10


def _gateway(environment, n):
    return gateway_with(environment, {"1.0.0": 9_000, "1.1.0": 1_000}, name=f"g{n}")


def _service(environment, n):
    service = ServiceFactory.create(environment=environment, name=f"s{n}")
    version = VersionFactory.create(environment=environment, service=service)
    InstanceFactory.create(environment=environment, version=version, uid=f"i{n}")


def _agent(environment, n):
    agent = AgentFactory.create(environment=environment, name=f"vga-{n}")
    AppliedFactory.create(environment=environment, agent=agent)


def _policy(environment, n):
    policy = PolicyFactory.create(environment=environment, name=f"p{n}", version=2)
    for number in (1, 2):
        PolicyVersionFactory.create(environment=environment, policy=policy, number=number)


def _release(environment, n):
    version = PolicyVersionFactory.create(
        environment=environment, policy=PolicyFactory.create(environment=environment, name=f"p{n}")
    )
    return ReleaseFactory.create(
        environment=environment, gateway=_gateway(environment, n), policy_version=version
    )


def _release_of_one_gateway(environment, n):
    first = environment_release(environment)
    ReleaseFactory.create(
        environment=environment,
        gateway=first.gateway,
        policy_version=first.policy_version,
        number=n + 2,
        active=None,
    )


def _version_of_one_policy(environment, n):
    release = environment_release(environment)
    PolicyVersionFactory.create(
        environment=environment, policy=release.policy_version.policy, number=n + 2
    )


def _evaluation(environment, n):
    EvaluationFactory.create(environment=environment, release=environment_release(environment))


def _group(environment, n):
    user = user_of(environment.organisation, f"u{n}", role="")
    return create_group(environment.organisation, f"g{n}", actor="tests", members=[user.login])


def environment_release(environment):
    """The release of gateway ``shop``, made by the first who asks."""
    from policies.models import Release

    rows = Release.objects.in_environment(environment).filter(gateway__name="shop", number=1)
    return rows.first() or ReleaseFactory.create(environment=environment)


def _session(user, n):
    expires = timezone.now() + timedelta(hours=1)
    UserSession.objects.create(session_key=f"{n:064x}", user=user, expire_date=expires)


def _session_of_ana(environment, n):
    organisation = environment.organisation
    found = User.objects.filter(login="acme/ana").first()
    _session(found or user_of(organisation), n)


def _lock(environment, n):
    now = timezone.now()
    SignInFailures.objects.create(
        organisation=environment.organisation, subject=f"acme/u{n}", address="192.0.2.1",
        failures=1, first_at=now, last_at=now,
    )  # fmt: skip


LISTS = {
    "/api/v1/audit": lambda environment, n: user_of(None, f"root{n}"),
    "/api/v1/locks": _lock,
    "/api/v1/me/sessions": lambda environment, n: _session(User.objects.get(login="root"), n),
    f"{ORGANISATION}/locks": _lock,
    f"{ORGANISATION}/users/ana/sessions": _session_of_ana,
    "/api/v1/organisations": lambda environment, n: environment_in(organisation=f"o{n}"),
    f"{ORGANISATION}/audit": lambda environment, n: create_token(
        f"t{n}", actor="tests", agent_of=environment
    ),
    f"{ORGANISATION}/bindings": lambda environment, n: given(
        environment.organisation, role="viewer", group=_group(environment, n).name
    ),
    f"{ORGANISATION}/groups": lambda environment, n: _group(environment, n),
    f"{ORGANISATION}/databases": lambda environment, n: create_database(
        environment.organisation, f"db{n}", f"sqlite:////nowhere/{n}", actor="tests"
    ),
    f"{ORGANISATION}/deletions": lambda environment, n: deletion_in(environment),
    f"{ORGANISATION}/environments": lambda environment, n: environment_in(name=f"e{n}"),
    f"{ORGANISATION}/tokens": lambda environment, n: create_token(
        f"t{n}", actor="tests", agent_of=environment
    ),
    f"{ORGANISATION}/users": lambda environment, n: user_of(environment.organisation, f"u{n}"),
    f"{HERE}/agents": _agent,
    f"{HERE}/audit": lambda environment, n: audit_entry_in(environment),
    f"{HERE}/storage/moves": lambda environment, n: StorageMove.objects.create(
        environment=environment, kind="events", state="done", actor="tests"
    ),
    f"{HERE}/dead-letters": lambda environment, n: dead_letter_in(environment, event_id=str(n)),
    f"{HERE}/events": lambda environment, n: event_in(environment, position=n + 1),
    f"{HERE}/gateways": _gateway,
    f"{HERE}/gateways/shop/releases": _release_of_one_gateway,
    f"{HERE}/gateways/shop/releases/1/evaluations": _evaluation,
    f"{HERE}/policies": _policy,
    f"{HERE}/policies/canary/versions": _version_of_one_policy,
    f"{HERE}/releases": _release,
    f"{HERE}/services": _service,
    f"{HERE}/status": _gateway,
}
"""Address → what adds a row to it."""


def _count(client, path):
    with (
        CaptureQueriesContext(connections["default"]) as one,
        CaptureQueriesContext(connections["dedicated"]) as other,
    ):
        answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return len(one) + len(other)


@pytest.mark.parametrize("path", LISTS)
def test_list__one_row_or_twenty__same_queries(
    path, client_of, platform_administrator, environment
):
    client = client_of(platform_administrator)
    LISTS[path](environment, 0)
    few = _count(client, path)

    for n in range(1, 20):
        LISTS[path](environment, n)

    assert _count(client, path) == few
    assert few <= MOST_QUERIES


def test_lists__every_paged_operation__is_counted_here(client_of, platform_administrator):
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(request=None, public=True)
    names = {
        "organisation": "acme", "environment": "production", "gateway": "shop", "policy": "canary",
        "number": "1", "user": "ana",
    }  # fmt: skip
    paged = {
        path.format(**names)
        for path, operations in schema["paths"].items()
        if any(each["name"] == "page" for each in operations.get("get", {}).get("parameters", ()))
    }

    assert paged <= LISTS.keys(), f"add to LISTS: {sorted(paged - LISTS.keys())}"
