"""``list.Nx100-tenants``: a page of gateways through the API, for somebody with many bindings."""

from __future__ import annotations

import gc
import time
from functools import partial
from statistics import median

from rest_framework.test import APIClient

from tenants.models import Environment, RoleBinding, User
from tests.bench.access import filled_environment, other_tenants, queries_of, user_with
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.running import Tell, timed_ms

TENANTS = 100
BINDINGS = 1_000
PAGE = 50
ROUNDS = 60
P95_MS = 60.0


def measure(gateways: int, tell: Tell) -> Measurement:
    """Ask for page after page; right means p95 in time, and queries that no binding adds to."""
    tell(f"making {gateways} gateways and {TENANTS} tenants")
    environment = filled_environment(gateways)
    other_tenants(TENANTS)
    many = user_with(environment, "ana", BINDINGS)
    few = user_with(environment, "bo", 1)
    pages = min(gateways, BINDINGS) // PAGE
    ask = partial(_ask, _client(many), environment)
    queries = [
        queries_of(partial(_ask, _client(user), environment, 1, rows), environment.database)
        for user, rows in ((few, 1), (many, PAGE))
    ]
    whole = partial(_ask, _client(_administrator(environment)), environment)
    samples, floors, cpu_ms = [], [], []
    gc.collect()
    gc.freeze()  # as `manage.py web` does once it is up
    for number in range(ROUNDS):
        tell(f"round {number + 1} of {ROUNDS}")
        begun = time.process_time()
        samples.append(timed_ms(lambda: ask(1 + number % pages, PAGE)))  # noqa: B023 called here
        cpu_ms.append((time.process_time() - begun) * 1000)
        floors.append(timed_ms(lambda: whole(1 + number % pages, PAGE)))  # noqa: B023 likewise
    is_right = percentile(samples, 0.95) <= P95_MS and queries[0] == queries[1]
    return Measurement(
        samples,
        "ms",
        floors,
        Target(P95_MS),
        is_right=is_right,
        more={
            "queries": queries[1],
            "queries_of_one_binding": queries[0],
            "cpu_ms": rounded(median(cpu_ms)),
        },
    )


def _client(user: User) -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def _administrator(environment: Environment) -> User:
    user = user_with(environment, "root", 0)
    RoleBinding.objects.create(
        organisation=environment.organisation,
        user=user,
        builtin="administrator",
        created_by="bench",
    )
    return user


def _ask(client: APIClient, environment: Environment, page: int, rows: int) -> None:
    path = f"/api/v1/organisations/{environment.organisation.name}"
    answer = client.get(
        f"{path}/environments/{environment.name}/gateways?page={page}&per_page={PAGE}"
    )
    if answer.status_code != 200 or len(answer.json()["results"]) != rows:
        raise AssertionError(f"page {page} answers {answer.status_code}: {answer.content[:200]!r}")
