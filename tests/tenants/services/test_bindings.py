from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.authorisation import authority_of
from tenants.domain.authority import EVERYTHING
from tenants.models import RoleBinding, User
from tenants.services import bindings
from tenants.services.bindings import Wanted, bind, change_binding, unbind
from tenants.services.groups import create_group
from tenants.services.roles import create_role
from tenants.services.tokens import create_token
from tests.factories import ACTOR, environment_in, given, organisation_named, user_of
from tests.tenants.services.telling import pointers, told_since, world
from vamp.errors import Conflict, Invalid, NotAllowed


@pytest.fixture
def acme(db):
    return environment_in().organisation


@pytest.fixture
def ana(acme):
    return user_of(acme)


def power(user):
    """What `user` may do, read as a request does."""
    return authority_of(User.objects.select_related("organisation").get(pk=user.pk))


def test_bind__to_a_user__is_given_and_told_in_one_go(acme, ana):
    user_of(acme, "bo", role="")
    before = world()

    made = bind(
        acme, Wanted(role="viewer", user="acme/bo", environment="production"),
        actor="acme/ana", authority=power(ana),
    )  # fmt: skip

    assert bindings.shown(made) | {"id": 0} == {
        "id": 0, "role": "viewer", "user": "acme/bo", "group": "", "token": "",
        "environment": "production", "selector": "", "object": "", "expires_at": None,
        "max_weight": None, "created_by": "acme/ana",
    }  # fmt: skip
    told = (["binding.created"], ["vamp.acme._.tenants.binding.created"], {"acme": 1})
    assert told_since(before) == told


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"role": "nobody", "user": "acme/ana"}, {"/role"}),
        ({"role": "viewer"}, {""}),
        ({"role": "viewer", "user": "acme/ana", "group": "sre"}, {""}),
        ({"role": "viewer", "user": "acme/zoe"}, {"/user"}),
        ({"role": "viewer", "user": "globex/gil"}, {"/user"}),
        ({"role": "viewer", "group": "theirs"}, {"/group"}),
        ({"role": "theirs", "user": "acme/ana"}, {"/role"}),
        ({"role": "viewer", "token": "mine"}, {"/token"}),
        ({"role": "viewer", "user": "acme/ana", "environment": "moon"}, {"/environment"}),
        ({"role": "viewer", "user": "acme/ana", "selector": "a=b", "object": "gateway/x"},
         {"/selector", "/environment"}),
        ({"role": "viewer", "user": "acme/ana", "selector": "?"}, {"/selector"}),
        ({"role": "viewer", "user": "acme/ana", "object": "moon/x", "environment": "production"},
         {"/object"}),
        ({"role": "viewer", "user": "acme/ana", "object": "gateway"}, {"/object"}),
        ({"role": "viewer", "user": "acme/ana", "max_weight": 10_001}, {"/max_weight"}),
        ({"role": "viewer", "user": "acme/ana", "max_weight": -1}, {"/max_weight"}),
        ({"role": "x", "max_weight": -1, "environment": "moon"},
         {"/role", "", "/environment", "/max_weight"}),
    ],
)  # fmt: skip
def test_bind__what_is_named_is_not_there_or_wrong__every_fault_is_told(acme, ana, wanted, where):
    globex = organisation_named("globex")
    user_of(globex, "gil")
    create_group(globex, "theirs", actor=ACTOR)
    create_role(globex, "theirs", ["*.*"], actor=ACTOR, authority=EVERYTHING)
    create_token("mine", actor=ACTOR, user=ana)
    before = world()

    with pytest.raises(Invalid) as caught:
        bind(acme, Wanted(**wanted), actor=ACTOR, authority=EVERYTHING)

    assert pointers(caught) == where
    assert world() == before


def test_bind__time_that_is_past__is_refused(acme, ana):
    wanted = Wanted(role="viewer", user=ana.login, expires_at=timezone.now())

    with pytest.raises(Invalid) as caught:
        bind(acme, wanted, actor=ACTOR, authority=EVERYTHING)

    assert pointers(caught) == {"/expires_at"}


def test_bind__the_same_again__is_a_conflict_that_says_which(acme, ana):
    first = given(acme, role="viewer", user=ana.login, selector="a=b")

    with pytest.raises(Conflict, match=f"change or delete binding {first.pk}"):
        given(acme, role="viewer", user=ana.login, selector=" a=b ", max_weight=5)
    given(acme, role="viewer", user=ana.login, selector="a=c")


def test_bind__as_many_as_there_may_be__no_more(acme, ana, monkeypatch):
    monkeypatch.setattr(bindings, "MOST_BINDINGS", 2)
    given(acme, role="viewer", user=ana.login)

    with pytest.raises(Conflict, match="2 at most"):
        given(acme, role="developer", user=ana.login)


ESCALATIONS = {
    "role with more rights": {"role": "administrator"},
    "own role with more rights": {"role": "mighty"},
    "wider": {"role": "developer"},
    "elsewhere": {"role": "developer", "environment": "test"},
    "for longer": {"role": "developer", "environment": "production", "max_weight": 100},
    "without limit": {"role": "developer", "environment": "production", "soon": True},
}


@pytest.mark.parametrize("how", ESCALATIONS)
@pytest.mark.parametrize("whom", ["user", "group", "token"])
def test_bind__more_than_one_has__is_refused_and_leaves_nothing(acme, ana, how, whom):
    environment_in(name="test")
    bo = user_of(acme, "bo", role="")
    create_role(acme, "mighty", ["user.*"], actor=ACTOR, authority=EVERYTHING)
    create_group(acme, "mine", actor=ACTOR, members=[bo.login])
    create_token("own", actor=ACTOR, service_of=acme)
    later = timezone.now() + timedelta(hours=1)
    given(
        acme, role="developer", user=bo.login, environment="production", max_weight=2_500,
        expires_at=later,
    )  # fmt: skip
    wanted = {**ESCALATIONS[how], whom: {"user": bo.login, "group": "mine", "token": "own"}[whom]}
    if wanted.pop("soon", False):
        wanted["expires_at"] = later - timedelta(minutes=1)
    before = world()

    with pytest.raises(NotAllowed, match="cannot give what you do not have"):
        bind(acme, Wanted(**wanted), actor=bo.login, authority=power(bo))

    assert world() == before


def test_bind__as_much_as_one_has__may_be_passed_on(acme, ana):
    bo, _ = user_of(acme, "bo", role=""), user_of(acme, "cy", role="")
    given(acme, role="operator", user=bo.login, environment="production", max_weight=2_500)

    wanted = Wanted(role="viewer", user="acme/cy", environment="production", max_weight=2_500)
    bind(acme, wanted, actor=bo.login, authority=power(bo))


def test_bind__with_a_limited_token__only_what_the_token_passes_on(acme, ana):
    create_token("ci", actor=ACTOR, user=ana, rights=["binding.*", "gateway.view"])
    user = User.objects.select_related("organisation").get(pk=ana.pk)
    user.token_used = ana.tokens.get()
    user_of(acme, "bo", role="")
    create_role(acme, "looker", ["gateway.view"], actor=ACTOR, authority=EVERYTHING)

    with pytest.raises(NotAllowed):
        bind(acme, Wanted(role="viewer", user="acme/bo"), actor=ACTOR, authority=authority_of(user))
    bind(acme, Wanted(role="looker", user="acme/bo"), actor=ACTOR, authority=authority_of(user))


def test_change_binding__longer_or_higher_than_ones_own__is_refused(acme, ana):
    bo = user_of(acme, "bo", role="")
    held = given(acme, role="operator", user=bo.login, max_weight=2_500)
    before = world()

    with pytest.raises(NotAllowed):
        change_binding(held, actor=bo.login, authority=power(bo), expires_at=None, max_weight=None)

    assert world() == before


def test_change_binding__within_ones_own__is_changed_and_told(acme, ana):
    held = given(acme, role="operator", user=user_of(acme, "bo", role="").login)
    before = world()

    change_binding(held, actor=ACTOR, authority=power(ana), expires_at=None, max_weight=500)

    assert RoleBinding.objects.get(pk=held.pk).max_weight == 500
    verbs, events, rose = told_since(before)
    assert (verbs, events) == (["binding.changed"], ["vamp.acme._.tenants.binding.changed"])
    assert rose["acme"] > 0


def test_change_binding__wrong_values__every_fault_is_told(acme, ana):
    with pytest.raises(Invalid) as caught:
        change_binding(
            acme.bindings.get(), actor=ACTOR, authority=EVERYTHING, max_weight=-1,
            expires_at=timezone.now(),
        )  # fmt: skip

    assert pointers(caught) == {"/expires_at", "/max_weight"}


def test_change_binding__deleted_by_a_rival_meanwhile__is_a_conflict(acme, ana):
    held = given(acme, role="viewer", user=ana.login)
    RoleBinding.objects.filter(pk=held.pk).delete()
    before = world()

    with pytest.raises(Conflict, match="faster"):
        change_binding(held, actor=ACTOR, authority=EVERYTHING, expires_at=None, max_weight=1)

    assert world() == before


def _limited(**limit):
    kept = {"expires_at": None, "max_weight": None}
    return lambda held: change_binding(held, actor=ACTOR, authority=EVERYTHING, **{**kept, **limit})


GOING = {
    "deleted": lambda held: unbind(held, actor=ACTOR),
    "given an end": lambda held: _limited(expires_at=timezone.now() + timedelta(days=9))(held),
    "given a limit": _limited(max_weight=10_000),
}


@pytest.mark.parametrize("how", GOING)
def test_binding__of_the_last_administrator__stays_as_it_is(acme, ana, how):
    user_of(acme, "bo", role="operator")
    held = acme.bindings.get(user=ana)
    before = world()

    with pytest.raises(Conflict, match="without an administrator"):
        GOING[how](held)

    assert world() == before


def test_unbind__another_administrator_is_left__is_gone_and_told(acme, ana):
    user_of(acme, "bo")
    before = world()

    unbind(acme.bindings.get(user=ana), actor=ACTOR)

    assert power(ana).grants == ()
    verbs, events, rose = told_since(before)
    assert (verbs, events) == (["binding.deleted"], ["vamp.acme._.tenants.binding.deleted"])
    assert rose["acme"] > 0


def test_unbind__deleted_by_a_rival_meanwhile__is_told_once(acme, ana):
    held = given(acme, role="viewer", user=ana.login)
    unbind(RoleBinding.objects.get(pk=held.pk), actor=ACTOR)
    before = world()

    with pytest.raises(Conflict, match="faster"):
        unbind(held, actor=ACTOR)

    assert world() == before
