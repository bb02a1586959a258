from __future__ import annotations

import pytest

from tenants.authorisation import authority_of
from tenants.domain.authority import EVERYTHING
from tenants.models import Group, User
from tenants.services.groups import change_group, create_group, delete_group, shown
from tests.factories import ACTOR, given, organisation_named, user_of
from tests.tenants.services.telling import pointers, told_since, world
from vamp.errors import Conflict, Invalid, NotAllowed


@pytest.fixture
def acme(db):
    return organisation_named("acme")


def power(user):
    return authority_of(User.objects.select_related("organisation").get(pk=user.pk))


def test_create_group__with_members__is_made_and_told(acme):
    user_of(acme)
    before = world()

    group = create_group(acme, "sre", actor=ACTOR, title="On call", members=["acme/ana"])

    assert shown(group) == {"name": "sre", "title": "On call", "members": ["acme/ana"]}
    told = (["group.created"], ["vamp.acme._.tenants.group.created"], {"acme": 1})
    assert told_since(before) == told


def test_create_group__faults__every_one_is_told(acme):
    user_of(organisation_named("globex"), "gil")
    before = world()

    with pytest.raises(Invalid) as caught:
        create_group(acme, "S R E", actor=ACTOR, title="x" * 128, members=["globex/gil"])

    assert pointers(caught) == {"/name", "/title", "/members"}
    assert world() == before


def test_create_group__name_taken__is_a_conflict_within_the_organisation_alone(acme):
    create_group(acme, "sre", actor=ACTOR)

    with pytest.raises(Conflict):
        create_group(acme, "sre", actor=ACTOR)
    create_group(organisation_named("globex"), "sre", actor=ACTOR)


def test_change_group__joining_one_that_may_do_more__is_refused(acme):
    user_of(acme)
    bo = user_of(acme, "bo", role="operator")
    group = create_group(acme, "admins", actor=ACTOR)
    given(acme, role="administrator", group="admins")
    before = world()

    with pytest.raises(NotAllowed):
        change_group(group, actor=bo.login, authority=power(bo), members=[bo.login])

    assert world() == before


def test_change_group__letting_somebody_out__needs_none_of_its_rights(acme):
    user_of(acme)
    bo = user_of(acme, "bo", role="viewer")
    group = create_group(acme, "admins", actor=ACTOR, members=["acme/bo", "acme/ana"])
    given(acme, role="administrator", group="admins", environment="")
    before = world()

    change_group(group, actor=ACTOR, authority=power(bo), title="Few", members=["acme/ana"])

    assert shown(group) == {"name": "admins", "title": "Few", "members": ["acme/ana"]}
    verbs, events, rose = told_since(before)
    assert (verbs, events) == (["group.changed"], ["vamp.acme._.tenants.group.changed"])
    assert rose["acme"] > 0


GOING = {
    "left": lambda group: change_group(group, actor=ACTOR, authority=EVERYTHING, members=[]),
    "deleted": lambda group: delete_group(group, actor=ACTOR),
}


@pytest.mark.parametrize("how", GOING)
def test_group__of_the_last_administrators__stays(acme, how):
    user_of(acme, role="")
    group = create_group(acme, "admins", actor=ACTOR, members=["acme/ana"])
    given(acme, role="administrator", group="admins")
    before = world()

    with pytest.raises(Conflict, match="without an administrator"):
        GOING[how](group)

    assert world() == before


def test_delete_group__with_bindings__is_gone_with_them_and_told_once(acme):
    user_of(acme)
    group = create_group(acme, "sre", actor=ACTOR, members=["acme/ana"])
    given(acme, role="viewer", group="sre")
    before, again = world(), Group.objects.get()

    delete_group(group, actor=ACTOR)

    assert acme.bindings.count() == 1
    verbs, events, _ = told_since(before)
    assert (verbs, events) == (["group.deleted"], ["vamp.acme._.tenants.group.deleted"])
    with pytest.raises(Conflict):
        delete_group(again, actor=ACTOR)


def test_change_group__deleted_by_a_rival_meanwhile__is_a_conflict(acme):
    group = create_group(acme, "sre", actor=ACTOR)
    Group.objects.all().delete()

    with pytest.raises(Conflict):
        change_group(group, actor=ACTOR, authority=EVERYTHING, title="New")
