"""No door shows another tenant's rows, counts or names: every address, as every kind of stranger.

Tenant A has one of everything under the same names as tenant B, and its mark in every text. What
B, somebody of an organisation without anything, nobody, or an agent of B asks for must come back
without that mark, and A's rows must be what they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import ForeignKey
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from tenants.domain.rights import ADMINISTRATOR, BUILTIN
from tenants.models import User
from tenants.services.tokens import create_token
from tests.addresses import (
    ADDRESSES,
    Stranger,
    addresses_of,
    models_without_rows,
    patterns,
    unknown_addresses,
)
from tests.factories import ACTOR, given, organisation_named, user_of
from tests.furnished import Tenant, tenant

MARK = "zorblaxian"
PART_OF_MARK = "zorblax"

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

DATABASES = [("default", "dedicated"), ("dedicated", "default"), ("default", "default")]


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, as far as a stranger can learn from it."""

    status: int
    location: str
    body: str

    @property
    def is_refusal(self) -> bool:
        """True where it says no more than "not for you"."""
        return self.status in (401, 403, 404, 405) or self.is_login

    @property
    def is_failure(self) -> bool:
        """True for a defect: it would be a page of Django's that says nothing, but a defect."""
        return self.status >= 500

    @property
    def is_login(self) -> bool:
        """True for the way to the log-in page."""
        return self.status == 302 and "/login/" in self.location

    @property
    def tells(self) -> bool:
        """True where anything of tenant A stands in it."""
        return MARK in self.body or MARK in self.location


def ask(client: Client, method: str, path: str, form: Any = None) -> Seen:
    """Ask for `path`; the body of a stream is not waited for."""
    extra: dict[str, Any] = {}
    if method != "GET":
        extra = {"data": form or {}}
        if path.startswith("/api/"):
            extra["content_type"] = "application/json"
    answer = getattr(client, method.lower())(path, **extra)
    body = "" if answer.streaming else answer.content.decode(errors="replace")
    if answer.exc_info:
        body = repr(answer.exc_info[1])
    return Seen(answer.status_code, answer.get("Location", ""), body)


def leaks(client: Client, victim: Tenant, *, reads_only: bool = False) -> list[str]:
    """Return what a stranger was told or let through to, one line an answer."""
    found = []
    for address in addresses_of(victim):
        for method in address.methods[: 1 if reads_only else None]:
            seen = ask(client, method, address.path)
            if seen.tells:
                found.append(f"{method} {address.path} ({address.name}) tells what is theirs")
            elif seen.is_failure:
                found.append(f"{method} {address.path} ({address.name}) fails: {seen.body}")
            elif address.stranger is Stranger.NOTHING and not seen.is_refusal:
                found.append(f"{method} {address.path} ({address.name}) answers {seen.status}")
    return found


def visiting(user: User) -> Client:
    """Return a client that is logged in as `user`."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture(params=DATABASES, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[Tenant, Tenant]:
    """Tenant A, whose things are nobody else's, and tenant B, under the same names."""
    of_a, of_b = request.param
    return (
        tenant("acme", of_a, mark=MARK, first_id=9_000),
        tenant("globex", of_b, first_id=1),
    )


@pytest.fixture
def one_pair() -> tuple[Tenant, Tenant]:
    """The same on one pair of databases, for strangers who do not depend on them."""
    return tenant("acme", "dedicated", mark=MARK, first_id=9_000), tenant("globex", "default")


@pytest.fixture
def close_pair() -> tuple[Tenant, Tenant]:
    """The same in the same tables, where a look-up that is not narrowed finds both."""
    return tenant("acme", "default", mark=MARK, first_id=9_000), tenant("globex", "default")


def test_addresses__every_one__has_an_entry():
    assert unknown_addresses() == []


def test_addresses__every_entry__is_of_an_address_that_is_there():
    assert ADDRESSES.keys() <= {name for _, name, _ in patterns()}


def test_admins__every_model__has_a_row(one_pair):
    assert models_without_rows(one_pair[0]) == []


def test_owner__asking_for_own__finds_it(one_pair):
    ours, _ = one_pair
    client = visiting(ours.user)
    client.get(reverse("environment", args=[ours.organisation.name, ours.environment.name]))

    missing = [
        f"{address.path} ({address.name}) answers 404"
        for address in addresses_of(ours)
        if address.name
        not in {"admin:view_on_site", "view-on-site", "api-agent-report", "api-agent-rollups"}
        # Of those who look after all tenants:
        and "installation-connection" not in address.name
        and address.name != "installation-passwords"
        and ask(client, "GET", address.path).status == 404
        and "delete" not in address.name
    ]

    assert missing == []
    assert ask(client, "GET", reverse("admin:gateways_gateway_changelist")).tells


def test_user_of_another_tenant__every_address__gets_nothing(pair):
    victim, stranger = pair
    before = victim.all_rows()

    assert leaks(visiting(stranger.user), victim) == []
    assert victim.all_rows() == before


@pytest.mark.parametrize(
    "role",
    [role for role in (*BUILTIN, "") if role != ADMINISTRATOR],
    ids=lambda role: role or "nothing",
)
def test_role_of_another_tenant__every_address_read__gets_nothing(one_pair, role):
    """An administrator, who is the user of the test above, tries to write as well."""
    victim, stranger = one_pair
    user = user_of(stranger.organisation, "mia", role=role)
    before = victim.all_rows()

    assert leaks(visiting(user), victim, reads_only=True) == []
    assert victim.all_rows() == before


@pytest.mark.parametrize("role", [ADMINISTRATOR, "viewer"])
def test_service_of_another_tenant__every_address__gets_nothing(one_pair, role):
    victim, stranger = one_pair
    _, text = create_token("deploy", actor=ACTOR, service_of=stranger.organisation)
    given(stranger.organisation, role=role, token="deploy")
    before = victim.all_rows()
    client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"token {text}")

    assert leaks(client, victim, reads_only=role != ADMINISTRATOR) == []
    assert victim.all_rows() == before


def test_superuser_of_another_tenant__every_address__gets_nothing(one_pair):
    victim, stranger = one_pair
    user = user_of(stranger.organisation, "boss")
    user.is_superuser = True
    user.save()

    assert leaks(visiting(user), victim, reads_only=True) == []


def test_user_of_an_empty_organisation__every_address__gets_nothing(one_pair):
    victim, _ = one_pair
    user = user_of(organisation_named("initech"))

    assert leaks(visiting(user), victim, reads_only=True) == []


def test_nobody__every_address__gets_nothing(one_pair):
    victim, _ = one_pair
    before = victim.all_rows()

    assert leaks(Client(raise_request_exception=False), victim) == []
    assert victim.all_rows() == before


def test_agent_of_another_tenant__every_address__gets_nothing(one_pair):
    victim, stranger = one_pair
    before = victim.all_rows()
    client = Client(
        raise_request_exception=False, HTTP_AUTHORIZATION=f"token {stranger.agent_token}"
    )

    assert leaks(client, victim) == []
    assert victim.all_rows() == before


def test_agent__own_environment__opens_the_agents_doors_alone(one_pair):
    _, own = one_pair
    client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"token {own.agent_token}")

    opened = {
        address.name
        for address in addresses_of(own)
        if address.stranger is Stranger.NOTHING
        for method in address.methods
        if not ask(client, method, address.path).is_refusal
    }

    assert opened == {"api-agent-report", "api-agent-rollups"}


def test_session__remembering_another_tenants_environment__is_not_believed(one_pair):
    victim, stranger = one_pair
    client = visiting(stranger.user)
    session = client.session
    session["vamp-environment"] = victim.environment.path
    session.save()

    assert leaks(client, victim, reads_only=True) == []


def test_own_pages__before_and_after_the_other_tenant_comes__are_the_same(one_pair, monkeypatch):
    """Counts and totals of another tenant would show as a difference."""
    _, own = one_pair
    standing_still = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: standing_still)
    client = visiting(own.user)
    paths = [
        address.path
        for address in addresses_of(own)
        if address.name.endswith("_changelist") or address.name in OF_COUNTS
    ]
    first = {path: _settled(ask(client, "GET", path)) for path in paths}

    tenant("initech", own.environment.database, mark=MARK, first_id=20_000)

    second = {path: _settled(ask(client, "GET", path)) for path in paths}
    assert [path for path in paths if first[path] != second[path]] == []


OF_COUNTS = frozenset(
    {
        "admin:index", "admin:app_list", "releases", "gateway", "service", "release", "search",
        "api-organisations", "api-environments", "api-users", "api-tokens", "api-audit",
        "api-organisation-audit", "api-events", "api-dead-letters", "api-gateways", "api-services",
        "api-policies", "api-releases", "api-agents", "api-environment-status",
    }
)  # fmt: skip


def _settled(seen: Seen) -> Seen:
    """Return the answer without what changes from one request to the next."""
    body = re.sub(r'value="[A-Za-z0-9]{64}"', "", seen.body)
    body = re.sub(r"[0-9T:.+-]{10,}Z?", "", body)
    body = re.sub(r'\bd="[^"]*"', "", body)
    body = re.sub(r"\b(\d+ (second|minute)s? ago|just now|now)\b", "", body)
    return Seen(seen.status, seen.location, body)


def test_admin__search_and_filters_of_every_list__find_nothing_of_theirs(close_pair):
    victim, stranger = close_pair
    client = visiting(stranger.user)

    telling = [path for path in _searches(victim) if ask(client, "GET", path).tells]

    assert telling == []


def _searches(victim: Tenant) -> Iterator[str]:
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield f"{path}?q={PART_OF_MARK}"
        yield f"{path}?q=shop&all="
        for field in model._meta.fields:
            if isinstance(field, ForeignKey) and field.related_model in victim.rows:
                yield f"{path}?{field.name}__id__exact={victim.rows[field.related_model].pk}"
    yield f"{reverse('search')}?s={PART_OF_MARK}"
    yield f"{reverse('admin:search')}?s={PART_OF_MARK}"


def test_admin__autocomplete_of_every_relation__offers_nothing_of_theirs(close_pair):
    victim, stranger = close_pair
    client = visiting(stranger.user)
    for model in admin.site._registry:
        for field in model._meta.fields:
            if not isinstance(field, ForeignKey):
                continue
            for term in (PART_OF_MARK, "", "shop", "production"):
                query = (
                    f"?app_label={model._meta.app_label}&model_name={model._meta.model_name}"
                    f"&field_name={field.name}&term={term}"
                )
                seen = ask(client, "GET", reverse("admin:autocomplete") + query)

                assert not seen.tells, query
                assert not seen.is_failure, (query, seen.body)
                theirs = victim.rows.get(field.related_model)
                if theirs is not None:
                    assert f'"id": "{theirs.pk}"' not in seen.body, query


def test_admin__bulk_actions_on_their_ids__change_and_tell_nothing(pair):
    victim, stranger = pair
    client = visiting(stranger.user)
    before = victim.all_rows()
    for model, row in victim.rows.items():
        if model not in admin.site._registry:
            continue
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for action in _actions_of(model, stranger):
            form = {"action": action, "_selected_action": [row.pk], "index": 0, "post": "yes"}

            assert not ask(client, "POST", path, form).tells, (path, action)

    assert victim.all_rows() == before


def _actions_of(model: Any, stranger: Tenant) -> set[str]:
    request = RequestFactory().get("/")
    request.user = stranger.user
    return {"delete_selected", *admin.site._registry[model].get_actions(request)}


def test_admin__adding_to_what_is_theirs__is_refused(pair):
    victim, stranger = pair
    client = visiting(stranger.user)
    before = victim.all_rows()
    failing: list[str] = []
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")

        seen = ask(client, "POST", path, _form_for(model, victim, stranger))

        assert not seen.tells, path
        failing += [f"{path} fails: {seen.body}"] if seen.is_failure else []

    assert failing == []
    assert victim.all_rows() == before


def _form_for(model: Any, victim: Tenant, stranger: Tenant) -> dict[str, Any]:
    """Fill in every field of a model, relations with what is the victim's."""
    form: dict[str, Any] = {"password": "correct horse battery"}
    for field in model._meta.fields:
        if isinstance(field, ForeignKey) and field.related_model in victim.rows:
            form[field.name] = victim.rows[field.related_model].pk
        elif field.choices:
            form[field.name] = field.choices[0][0]
        elif field.name == "login":
            form[field.name] = f"{victim.organisation.name}/intruder"
        elif field.get_internal_type() in {"CharField", "TextField"}:
            form[field.name] = "intruder"
        elif "Integer" in field.get_internal_type():
            form[field.name] = 1
    return form
