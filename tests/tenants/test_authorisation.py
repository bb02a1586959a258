"""The one module that every door asks: right at once, cheap, and never out of date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants import authorisation
from tenants.authorisation import (
    authority_of,
    decide,
    may,
    note_change,
    require,
    require_any,
    require_weight,
)
from tenants.domain.authority import EVERYTHING, NOTHING, ORGANISATION, Target
from tenants.models import ApiToken, RoleBinding, User
from tenants.models.principal import ServiceAccount
from tenants.selectors import token_by_text
from tenants.services.bindings import unbind
from tenants.services.groups import change_group, create_group
from tenants.services.people import change_user
from tenants.services.roles import change_role, create_role
from tenants.services.tokens import create_token
from tests.factories import ACTOR, environment_in, given, organisation_named, user_of
from vamp.errors import NotAllowed, NotFound

SHOP = Target("production", "shop")


@pytest.fixture
def acme(db):
    return environment_in().organisation


def again(user: User) -> User:
    """Read a user as the next request does."""
    return User.objects.select_related("organisation").get(pk=user.pk)


class Process:
    """Another process: the same rows, and a memory of its own."""

    def __init__(self, monkeypatch):
        self._monkeypatch, self._memory = monkeypatch, authorisation._Memory()

    def may(self, principal, right, target=SHOP):
        with self._monkeypatch.context() as patch:
            patch.setattr(authorisation, "_memory", self._memory)
            return may(principal, right, target)


def test_authority_of__nobody_gave_anything__nothing(acme):
    assert authority_of(again(user_of(acme, role=""))).grants == ()


def test_authority_of__switched_off__nothing_not_even_the_platform(acme):
    root = user_of(None, "root")
    assert authority_of(root) is EVERYTHING

    root.is_active = False

    assert authority_of(root) is NOTHING


def test_authority_of__superuser_of_an_organisation__is_not_the_platform(acme):
    user = user_of(acme, role="")
    user.is_superuser = True

    assert not may(user, "gateway.view", SHOP)


def test_authority_of__service_without_organisation__nothing():
    assert authority_of(ServiceAccount(ApiToken(name="lost"))) is NOTHING


def test_authority_of__bindings_of_another_organisation__are_not_read(acme):
    globex = organisation_named("globex")
    user = user_of(acme, role="")
    RoleBinding.objects.create(
        organisation=globex, user=user, builtin="administrator", created_by=ACTOR
    )

    assert authority_of(again(user)).grants == ()


def test_authority_of__cold_and_warm__at_most_two_queries_then_none(
    acme, django_assert_max_num_queries, django_assert_num_queries
):
    user = user_of(acme, role="")
    for number in range(30):
        group = create_group(acme, f"g{number}", actor=ACTOR, members=[user.login])
        given(acme, role="viewer", group=group.name, environment="production")
        given(acme, role="developer", user=user.login, selector=f"team=t{number}")

    with django_assert_max_num_queries(2):
        user = again(user)
        assert may(user, "gateway.view", Target("production"))
    with django_assert_num_queries(0):
        assert not may(user, "user.create", ORGANISATION)
    with django_assert_num_queries(1):  # the row alone
        assert may(again(user), "gateway.view", Target("production"))


def test_authority_of__service__cold_and_warm_by_its_token(acme, django_assert_num_queries):
    _, text = create_token("ci", actor=ACTOR, service_of=acme)
    given(acme, role="viewer", token="ci")

    with django_assert_num_queries(2):
        assert may(ServiceAccount(token_by_text(text)), "gateway.view", SHOP)
    with django_assert_num_queries(1):
        assert not may(ServiceAccount(token_by_text(text)), "gateway.change", SHOP)


def test_authority_of__token_of_a_user__is_limited_and_the_user_is_not(acme):
    user = user_of(acme)
    create_token("ci", actor=ACTOR, user=user, rights=["gateway.view"])

    user.token_used = ApiToken.objects.get(name="ci")

    assert may(user, "gateway.view", SHOP)
    assert not may(user, "gateway.change", SHOP)
    assert may(again(user), "gateway.change", SHOP)


def _binding_away(acme, user):
    unbind(acme.bindings.get(user=user), actor=ACTOR)


def _group_left(acme, user):
    change_group(acme.groups.get(), actor=ACTOR, authority=EVERYTHING, members=[])


def _role_emptied(acme, user):
    role = acme.roles.get()
    change_role(role, actor=ACTOR, authority=EVERYTHING, rights=["user.view"])


def _switched_off(acme, user):
    change_user(again(user), actor=ACTOR, is_active=False)


LOSSES = {
    "binding": ({"role": "viewer"}, _binding_away),
    "group": ({"group": True, "role": "viewer"}, _group_left),
    "role": ({"role": "own"}, _role_emptied),
    "user": ({"role": "viewer"}, _switched_off),
}


@pytest.mark.parametrize("how", LOSSES)
def test_revocation__remembered_by_another_process__is_gone_with_the_next_request(
    acme, how, monkeypatch
):
    user_of(acme, "boss")
    user = user_of(acme, role="")
    wanted, lose = LOSSES[how]
    create_role(acme, "own", ["gateway.view"], actor=ACTOR, authority=EVERYTHING)
    whom = {"user": user.login}
    if wanted.get("group"):
        create_group(acme, "sre", actor=ACTOR, members=[user.login])
        whom = {"group": "sre"}
    given(acme, role=wanted["role"], **whom)
    here, there = Process(monkeypatch), Process(monkeypatch)
    assert here.may(again(user), "gateway.view")
    assert there.may(again(user), "gateway.view")

    lose(acme, user)

    assert not here.may(again(user), "gateway.view")
    assert not there.may(again(user), "gateway.view")


def test_revocation__of_a_service__is_gone_with_the_next_request_elsewhere(acme, monkeypatch):
    _, text = create_token("ci", actor=ACTOR, service_of=acme)
    binding = given(acme, role="viewer", token="ci")
    there = Process(monkeypatch)
    assert there.may(ServiceAccount(token_by_text(text)), "gateway.view")

    unbind(binding, actor=ACTOR)

    assert not there.may(ServiceAccount(token_by_text(text)), "gateway.view")


def test_revocation__grant_runs_out__without_any_change(acme, now):
    user = user_of(acme, role="")
    binding = given(acme, role="viewer", user=user.login, expires_at=now + timedelta(hours=1))
    assert may(again(user), "gateway.view", SHOP)

    RoleBinding.objects.filter(pk=binding.pk).update(expires_at=now - timedelta(seconds=1))
    note_change(acme)

    assert not may(again(user), "gateway.view", SHOP)


def test_memory__full__forgets_the_oldest(monkeypatch):
    monkeypatch.setattr(authorisation, "REMEMBERED", 2)
    memory, reads = authorisation._Memory(), []

    def read():
        reads.append(1)
        return NOTHING

    for pk in (1, 2, 3, 3, 2, 1):
        memory.get(("user", pk), 1, read)

    assert len(reads) == 4


def test_require__may_not_see_the_object__is_not_there(acme):
    user = user_of(acme, role="")

    with pytest.raises(NotFound, match="There is no gateway shop"):
        require(again(user), "gateway.change", SHOP)


def test_require__may_see_it__says_which_right_is_missing(acme):
    user = user_of(acme, role="viewer")

    with pytest.raises(NotAllowed, match=r"no binding gives gateway\.change here"):
        require(user, "gateway.change", SHOP)
    with pytest.raises(NotAllowed, match=r"user\.create"):
        require(user, "user.create", ORGANISATION)


def test_require__allowed__says_through_which_binding(acme):
    user = user_of(acme, role="")
    binding = given(acme, role="developer", user=user.login)

    decision = require(again(user), "gateway.change", SHOP)

    assert decision.because.binding == binding.pk
    assert decide(again(user), "gateway.change", SHOP).because == decision.because


def test_require_any__one_object_is_enough__none_is_not(acme):
    user = user_of(acme, role="")
    given(
        acme, role="viewer", user=user.login, environment="production", object="gateway/shop"
    )  # fmt: skip

    require_any(again(user), "gateway.view", "production")
    for right, place in (("service.view", "production"), ("gateway.view", "test")):
        with pytest.raises(NotAllowed):
            require_any(again(user), right, place)


def test_require_any__platform_administrators_limited_token__is_refused(acme):
    root = user_of(None, "root")
    require_any(root, "gateway.view", "production")

    root.token_used = ApiToken(rights=["policy.view"])

    with pytest.raises(NotAllowed, match="token"):
        require_any(root, "gateway.view", "production")


def test_require_weight__limit__up_to_it_and_no_further(acme):
    user = user_of(acme, role="")
    given(acme, role="developer", user=user.login)
    given(
        acme, role="operator", user=user.login, environment="production", object="gateway/shop",
        max_weight=2_500,
    )  # fmt: skip
    user = again(user)

    require_weight(user, "gateway.release", SHOP, 2_500)
    with pytest.raises(NotAllowed, match=r"up to 25 %, and this is 25\.01 %"):
        require_weight(user, "gateway.release", SHOP, 2_501)


def test_note_change__once__raises_the_generation_of_that_organisation_alone(acme):
    globex = organisation_named("globex")
    before = acme.access_generation

    note_change(acme)

    acme.refresh_from_db()
    assert acme.access_generation > before
    assert organisation_named("globex").access_generation == globex.access_generation
