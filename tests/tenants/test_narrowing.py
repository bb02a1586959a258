"""A list holds exactly what each decision by itself would let through."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.selectors import visible_gateways, visible_services
from policies.selectors import visible_policies, visible_releases
from tenants import authorisation
from tenants.domain.authority import Authority
from tenants.labels import target_in
from tenants.models import ApiToken, RoleBinding
from tests.conftest import DATABASES
from tests.factories import (
    GatewayFactory,
    PolicyFactory,
    PolicyVersionFactory,
    ReleaseFactory,
    ServiceFactory,
    VersionFactory,
    environment_in,
    user_of,
)
from tests.factories import given as binding
from tests.tenants.domain.grants import NOW_S, grants, tokens

pytestmark = pytest.mark.django_db(databases=DATABASES)

METADATA: tuple[dict[str, object], ...] = (
    {},
    {"team": "shop", "in": "web"},
    {"team": "Shop", "app.kubernetes.io/name": "shop"},
    {"team": "shop ", "1": "shop", "contains": "in"},
    {"team": 1, "a__b": "1", "null": None, "true": True},
    {"team": ["shop"], "a.b": {"team": "shop"}, "labels__team": "web"},
    {"isnull": "true", "exact": "null", "notin": "shop", "0x": "1", "a-b": "web", "true": "true"},
)
NAMES = ("web", "shop", "g2", "g3", "g4", "g5", "g6")


@pytest.fixture
def filled(db, database):
    """Environment ``acme/prod`` with a gateway, release, service and policy of each label set."""
    environment = environment_in(database, name="prod")
    elsewhere = environment_in(database, name="test")
    version = PolicyVersionFactory.create(environment=environment)
    for name, held in zip(NAMES, METADATA, strict=True):
        gateway = GatewayFactory.create(environment=environment, name=name, metadata=held)
        GatewayFactory.create(environment=elsewhere, name=name, metadata=held)
        ReleaseFactory.create(environment=environment, gateway=gateway, policy_version=version)
        service = ServiceFactory.create(environment=environment, name=name)
        old = {"team": "web", "old": "1"}
        VersionFactory.create(environment=environment, service=service, name="1", labels=old)
        VersionFactory.create(environment=environment, service=service, name="2", labels=held)
        PolicyFactory.create(environment=environment, name=name)
    ServiceFactory.create(environment=environment, name="bare")
    return environment


LISTS = {
    "gateway.view": lambda user, place: {row.name for row in visible_gateways(user, place)},
    "service.view": lambda user, place: {row.name for row in visible_services(user, place)},
    "policy.view": lambda user, place: {row.name for row in visible_policies(user, place)},
    "release.view": lambda user, place: {row.gateway.name for row in visible_releases(user, place)},
}
FOUND = {"policy.view": {*NAMES, "canary"}, "service.view": {*NAMES, "bare"}}


def _in_these_days(grant):
    """Ends are about a moment of their own: long over, or far away."""
    if grant.expires_at_s is None:
        return grant
    is_over = grant.expires_at_s <= NOW_S
    return replace(grant, expires_at_s=time.time() + (-9_999 if is_over else 9_999))


def having(user, given_grants, token, place):
    """Let this process remember that `user` was granted this; as a token passes it on."""
    authorisation.forget()
    authority = Authority.of(_in_these_days(each) for each in given_grants)
    generation = user.organisation.access_generation
    authorisation._memory.get(("user", user.pk), generation, lambda: authority)
    rights, where = token
    limit = None if where in ("", place.name) else type(place)(name=where)
    user.token_used = ApiToken(
        rights=sorted(rights or ()), environment=place if where == place.name else limit
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(held=st.lists(grants(), max_size=4), token=tokens)
def test_narrowed__random_grants__exactly_what_each_decision_allows(filled, held, token):
    user = getattr(filled, "_asking", None) or user_of(filled.organisation, role="")
    filled._asking = user
    having(user, held, token, filled)

    for right, listed in LISTS.items():
        kind = right.partition(".")[0]
        allowed = {
            name
            for name in FOUND.get(right, set(NAMES))
            if authorisation.may(user, right, target_in(filled, kind, name))
        }
        assert listed(user, filled) == allowed, (right, held, token)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("team=shop", {"shop"}),
        ("team=Shop", {"g2"}),
        ("in=web", {"shop"}),
        ("in in (web)", {"shop"}),
        ("contains=in", {"g3"}),
        ("app.kubernetes.io/name=shop", {"g2"}),
        ("1=shop", {"g3"}),
        ("!1,team", {"shop", "g2"}),
        ("a__b", {"g4"}),
        ("labels__team notin (x),labels__team", {"g5"}),
        ("isnull=true,exact=null", {"g6"}),
        ("team=1", set()),
        ("true", {"g6"}),
    ],
)
def test_narrowed__odd_labels__are_labels_like_others(filled, selector, expected):
    user = user_of(filled.organisation, role="")
    binding(filled.organisation, role="viewer", user=user.login, selector=selector)
    user = type(user).objects.get(pk=user.pk)

    assert {row.name for row in visible_gateways(user, filled)} == expected
    assert {row.name for row in visible_services(user, filled)} == expected


def test_narrowed__platform_administrator_with_a_limited_token__sees_only_that(filled):
    root = user_of(None, "root")
    assert visible_gateways(root, filled).count() == len(NAMES)

    root.token_used = ApiToken(rights=["policy.view"])

    assert not visible_gateways(root, filled).exists()
    assert visible_policies(root, filled).exists()


@pytest.mark.parametrize("count", [1, 50])
def test_narrowed__any_number_of_bindings__one_query(
    filled, count, django_assert_num_queries, settings
):
    user = user_of(filled.organisation, role="")
    for number in range(count):
        binding(filled.organisation, role="viewer", user=user.login, selector=f"team=t{number}")
        binding(
            filled.organisation, role="viewer", user=user.login, environment="prod",
            object=f"gateway/g{number}",
        )  # fmt: skip
    user = type(user).objects.select_related("organisation").get(pk=user.pk)
    rows = visible_releases(user, filled)

    with django_assert_num_queries(1, using=filled.database):
        list(rows)


@pytest.mark.parametrize(
    "form", ["{}=v{}", "{}=v{},!gone", "k{}!=x,k{}=shop,team=shop", "!t{},k{}"]
)
def test_narrowed__a_thousand_selectors__is_still_one_query(
    filled, form, django_assert_num_queries
):
    user = user_of(filled.organisation, role="")
    names = [form.format("team" if form.startswith("{}") else n, n) for n in range(1_200)]
    rows = [
        RoleBinding(
            organisation=filled.organisation, user=user, builtin="viewer", selector=name,
            created_by="tests",
        )
        for name in [*names, "team=Shop"]
    ]  # fmt: skip
    RoleBinding.objects.bulk_create(rows)
    user = type(user).objects.select_related("organisation").get(pk=user.pk)
    authorisation.authority_of(user)

    with django_assert_num_queries(1, using=filled.database):
        assert {row.gateway.name for row in visible_releases(user, filled)} == {"g2"}


def test_may__many_selectors__labels_are_read_once(filled, django_assert_num_queries):
    user = user_of(filled.organisation, role="")
    for number in range(20):
        binding(filled.organisation, role="viewer", user=user.login, selector=f"team=t{number}")
    user = type(user).objects.select_related("organisation").get(pk=user.pk)
    authorisation.authority_of(user)

    with django_assert_num_queries(1, using=filled.database):
        assert not authorisation.may(user, "gateway.view", target_in(filled, "gateway", "shop"))
