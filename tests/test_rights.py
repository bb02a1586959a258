"""Who may do what through the API: every operation as every role, from what the views declare.

Nothing is listed by hand: what to expect follows from the right that a view declares for a method
and from the rights of the role. A view without a declared right for one of its methods fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from policies.access import RIGHT_FOR
from policies.domain.intervention import Action
from tenants.api.scope import (
    _OBJECT,
    MEMBERS,
    OWN,
    PLATFORM,
    AgentView,
    EnvironmentView,
    PersonView,
)
from tenants.domain.rights import ALL, BUILTIN, OBJECT_KINDS, names_of
from tests.addresses import ARGUMENTS, addresses_of, patterns
from tests.factories import given, user_of
from tests.furnished import Tenant, tenant

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

OF_NOBODY = frozenset({"schema", "api-docs"})
"""API addresses that are open to everybody: what the API is, not what is in it."""

FURTHER = {
    ("api-release-action", "POST"): RIGHT_FOR[Action(ARGUMENTS["action"])],
}
"""Operations that anybody may send who sees the thing, and whose body or address says which right
they need beyond that."""

NOBODY = "nobody"
"""A user to whom nothing was given."""

ROLES = (*BUILTIN, NOBODY)

rows = pytest.mark.django_db(databases=["default", "dedicated"])


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Attributes:
        name: of the pattern.
        arguments: names of the pattern's arguments.
    """

    name: str
    method: str
    view: Any
    arguments: tuple[str, ...]

    @property
    def right(self) -> str | None:
        return self.view.rights.get(self.method)


def views() -> Iterator[tuple[str, str, Any]]:
    """Yield route, name and view of every API address."""
    for route, name, pattern in patterns():
        view = getattr(pattern.callback, "cls", getattr(pattern.callback, "view_class", None))
        if route.startswith("api/") and name not in OF_NOBODY:
            yield route, name, view


def operations() -> list[Operation]:
    return [
        Operation(name, method, view, tuple(part.split(":")[-1] for part in route.split("<")[1:]))
        for route, name, view in views()
        if issubclass(view, PersonView)
        for method in METHODS
        if hasattr(view, method.lower())
    ]


def rights_of(role: str) -> frozenset[str]:
    return frozenset() if role == NOBODY else BUILTIN[role].rights


def expected(operation: Operation, role: str) -> int | None:
    """Return the status that a refusal has, or None where `role` is let in."""
    held = rights_of(role)
    if issubclass(operation.view, EnvironmentView) and not held:
        return 404  # the environment is not there for somebody who may do nothing in it
    if operation.right == PLATFORM:
        return 403
    wanted = [operation.right, FURTHER.get((operation.name, operation.method))]
    for right in filter(None, wanted):
        if right in held:
            continue
        kind = str(right).partition(".")[0]
        names = {argument.rstrip(">/") for argument in operation.arguments}
        is_object = issubclass(operation.view, EnvironmentView) and any(
            each.startswith(_OBJECT[kind]) for each in names if kind in _OBJECT
        )
        return 404 if is_object and f"{kind}.view" not in held else 403
    return None


def status_of(client: Client, method: str, path: str) -> int:
    """Ask, and take back what was changed.

    Those who only read are not held in a transaction: another thread of the answer may want to write.
    """
    if method == "GET":
        return int(client.get(path).status_code)
    body = {"data": {}, "content_type": "application/json"}
    with transaction.atomic("default"), transaction.atomic("dedicated"):
        found = getattr(client, method.lower())(path, **body).status_code
        for alias in ("default", "dedicated"):
            transaction.set_rollback(True, using=alias)
    return int(found)


def logged_in(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def acme() -> Tenant:
    made = tenant("acme", "dedicated")
    user_of(made.organisation, "boss")  # so that ana is not the last administrator
    return made


def test_views__of_the_api__are_for_people_or_agents():
    other = [
        name for _, name, view in views() if not (view and issubclass(view, PersonView | AgentView))
    ]

    assert other == []


def test_rights__every_method_of_every_view__has_one_declared():
    silent = [f"{each.method} {each.name}" for each in operations() if each.right is None]

    assert silent == [], "declare the right in the view's `rights`"


def test_rights__declared__are_known_and_of_methods_that_the_view_has():
    wrong = [
        f"{name}: {method} {right}"
        for _, name, view in views()
        if issubclass(view, PersonView) and view.rights is not OWN
        for method, right in view.rights.items()
        if right not in {*ALL, MEMBERS, PLATFORM} or not hasattr(view, method.lower())
    ]

    assert wrong == []


# Committed, for an open transaction would keep SQLite from those who look at the database.
@pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
@pytest.mark.parametrize("role", ROLES)
def test_role__every_operation_of_the_api__answers_as_its_right_says(acme, role):
    user = user_of(acme.organisation, "mia", role="" if role == NOBODY else role)
    client, root = logged_in(user), logged_in(user_of(None, "root"))
    paths = {address.name: address.path for address in addresses_of(acme)}
    wrong = []
    for operation in operations():
        path = paths[operation.name]
        status = status_of(client, operation.method, path)
        wanted = expected(operation, role)
        if wanted is None and operation.right == MEMBERS:
            is_right = status not in (401, 405) and status < 500
        elif wanted is None:
            is_right = status == status_of(root, operation.method, path) and status != 403
        else:
            is_right = status == wanted
        if not is_right:
            said = f"needs {operation.right!r}, expected {wanted or 'what root gets'}"
            wrong.append(f"{operation.method} {path} ({operation.name}) answers {status}: {said}")

    assert wrong == []


@rows
def test_agents__every_operation_for_people__is_refused(acme):
    client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"token {acme.agent_token}")
    paths = {address.name: address.path for address in addresses_of(acme)}

    opened = [
        (operation.method, operation.name)
        for operation in operations()
        if status_of(client, operation.method, paths[operation.name]) not in (401, 403)
    ]

    assert opened == []


@rows
@pytest.mark.parametrize("kind", OBJECT_KINDS)
def test_binding_on_one_object__every_list__shows_that_one_alone(acme, kind):
    user = user_of(acme.organisation, "mia", role="")
    name = {"policy": "canary"}.get(kind, "shop")
    given(
        acme.organisation, role="operator", user=user.login,
        environment=acme.environment.name, object=f"{kind}/{name}",
    )  # fmt: skip
    client = logged_in(user)
    here = f"/api/v1/organisations/acme/environments/{acme.environment.name}"
    plural = {"gateway": "gateways", "service": "services", "policy": "policies"}

    for other, path in plural.items():
        answer = client.get(f"{here}/{path}")
        if other == kind:
            found = answer.json()
            assert [row.get("name") or row["document"]["name"] for row in found["results"]] == [
                name
            ]
        else:
            assert answer.status_code == 403, (other, answer.content)


def test_builtin_roles__rights__are_among_those_that_there_are():
    assert names_of(["*.*"]) == ALL
    assert all(role.rights <= ALL for role in BUILTIN.values())
