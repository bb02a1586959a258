from __future__ import annotations

import pytest

from tenants.authorisation import authority_of
from tenants.domain.authority import EVERYTHING
from tenants.models import Role, User
from tenants.services import roles
from tenants.services.roles import change_role, create_role, delete_role
from tests.factories import ACTOR, given, organisation_named, user_of
from tests.tenants.services.telling import pointers, told_since, world
from vamp.errors import Conflict, Invalid, NotAllowed


@pytest.fixture
def acme(db):
    return organisation_named("acme")


def power(user):
    return authority_of(User.objects.select_related("organisation").get(pk=user.pk))


def role_in(organisation, *rights, name="own"):
    return create_role(organisation, name, rights, actor=ACTOR, authority=EVERYTHING)


def test_create_role__by_somebody_who_has_its_rights__is_made_and_told(acme):
    ana = user_of(acme)
    before = world()

    role = create_role(
        acme, "own", ["gateway.*"], actor=ana.login, authority=power(ana), title="Own"
    )

    assert roles.shown(role) == {"name": "own", "title": "Own", "rights": ["gateway.*"]}
    told = (["role.created"], ["vamp.acme._.tenants.role.created"], {"acme": 1})
    assert told_since(before) == told


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": "Own"}, {"/name"}),
        ({"rights": []}, {"/rights"}),
        ({"rights": ["gateway.view"] * 201}, {"/rights"}),
        ({"rights": ["gateway.view", "gateway.fly", "moon.view"]}, {"/rights/1", "/rights/2"}),
        ({"title": "x" * 128}, {"/title"}),
        ({"name": "", "rights": ["x"], "title": "x" * 128}, {"/name", "/rights/0", "/title"}),
    ],
)
def test_create_role__faults__every_one_is_told(acme, fields, where):
    wanted = {"name": "own", "rights": ["gateway.view"], **fields}

    with pytest.raises(Invalid) as caught:
        create_role(acme, actor=ACTOR, authority=EVERYTHING, **wanted)

    assert pointers(caught) == where


def test_create_role__verb_that_the_kind_has_not__hint_names_its_verbs(acme):
    with pytest.raises(Invalid) as caught:
        role_in(acme, "gateway.fly")

    assert "verbs of gateway: view, create" in caught.value.faults[0].hint


@pytest.mark.parametrize("name", ["administrator", "viewer", "own"])
def test_create_role__name_taken_by_another_or_by_vamp__is_a_conflict(acme, name):
    role_in(acme, "gateway.view")

    with pytest.raises(Conflict):
        role_in(acme, "gateway.view", name=name)


@pytest.mark.parametrize("place", ["", "production"])
def test_create_role__more_than_one_has_everywhere__is_refused(acme, place):
    bo = user_of(acme, "bo", role="operator")
    before = world()

    with pytest.raises(NotAllowed, match=r"user\.create"):
        create_role(acme, "own", ["user.*"], actor=bo.login, authority=power(bo))

    assert world() == before


def test_change_role__rights_added_that_one_lacks__is_refused(acme):
    role = role_in(acme, "gateway.view")
    bo = user_of(acme, "bo", role="operator")
    given(acme, role="own", user=bo.login)
    before = world()

    with pytest.raises(NotAllowed):
        change_role(
            role, actor=bo.login, authority=power(bo), rights=["gateway.view", "binding.create"]
        )

    assert world() == before


def test_change_role__rights_taken_away__needs_none_of_them_and_is_told(acme):
    role = role_in(acme, "gateway.view", "user.create")
    bo = user_of(acme, "bo", role="viewer")
    before = world()

    change_role(role, actor=bo.login, authority=power(bo), rights=["gateway.view"], title="Less")

    role.refresh_from_db()
    assert (role.rights, role.title) == (["gateway.view"], "Less")
    told = (["role.changed"], ["vamp.acme._.tenants.role.changed"], {"acme": 1})
    assert told_since(before) == told


def test_change_role__read_before_a_rival_took_rights_away__does_not_bring_them_back(acme):
    role = role_in(acme, "user.*")
    change_role(
        Role.objects.get(pk=role.pk), actor=ACTOR, authority=EVERYTHING, rights=["user.view"]
    )
    viewer = user_of(acme, "vi", role="viewer")
    before = world()

    with pytest.raises(Conflict, match="faster"):
        change_role(role, actor=ACTOR, authority=power(viewer), title="New")

    assert Role.objects.get().rights == ["user.view"]
    assert world() == before


def test_change_role__deleted_by_a_rival_meanwhile__is_a_conflict(acme):
    role = role_in(acme, "user.*")
    Role.objects.all().delete()

    with pytest.raises(Conflict):
        change_role(role, actor=ACTOR, authority=EVERYTHING, title="New")


def test_delete_role__given_to_somebody__is_refused_and_says_to_whom(acme):
    role = role_in(acme, "gateway.view")
    given(acme, role="own", user=user_of(acme).login)

    with pytest.raises(Conflict, match="is given to user acme/ana"):
        delete_role(role, actor=ACTOR)


def test_delete_role__given_to_nobody__is_gone_and_told_once(acme):
    role = role_in(acme, "gateway.view")
    before, again = world(), Role.objects.get()

    delete_role(role, actor=ACTOR)

    told = (["role.deleted"], ["vamp.acme._.tenants.role.deleted"], {"acme": 1})
    assert told_since(before) == told
    with pytest.raises(Conflict):
        delete_role(again, actor=ACTOR)
    assert told_since(before) == told
