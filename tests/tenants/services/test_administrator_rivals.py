"""Two administrators who remove each other at the same time: one of them stays.

SQLite has one writer at a time. On MySQL both are in the middle of their transactions, which is
where a check that reads before it locks lets both through.
"""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from tenants.domain.authority import EVERYTHING
from tenants.models import Group, Organisation, RoleBinding, User
from tenants.services.bindings import change_binding, unbind
from tenants.services.delegation import administrators
from tenants.services.groups import change_group, create_group, delete_group
from tenants.services.people import change_user, delete_user
from tests.conftest import DATABASES
from tests.factories import ACTOR, given, organisation_named, user_of
from tests.rivals import Rival, wait_for_lock_waits
from vamp.databases import DEFAULT
from vamp.errors import Conflict

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]


def _binding(login):
    rows = RoleBinding.objects.select_related("organisation", "user", "role", "group", "token")
    return rows.get(user__login=login)


def _user(login):
    return User.objects.select_related("organisation").get(login=login)


def _group(login):
    return Group.objects.select_related("organisation").get(members__login=login)


LOSSES = {
    "unbind": lambda login: unbind(_binding(login), actor=ACTOR),
    "limit": lambda login: change_binding(
        _binding(login), actor=ACTOR, authority=EVERYTHING, expires_at=None, max_weight=1
    ),
    "switch off": lambda login: change_user(_user(login), actor=ACTOR, is_active=False),
    "delete": lambda login: delete_user(_user(login), actor=ACTOR),
    "let out": lambda login: change_group(
        _group(login), actor=ACTOR, authority=EVERYTHING, members=[]
    ),
    "delete group": lambda login: delete_group(_group(login), actor=ACTOR),
}


@pytest.fixture
def acme():
    return organisation_named("acme")


def two_administrators(acme, how):
    for name in ("ana", "bo"):
        if "group" in how or "out" in how:
            user_of(acme, name, role="")
            create_group(acme, f"of-{name}", actor=ACTOR, members=[f"acme/{name}"])
            given(acme, role="administrator", group=f"of-{name}")
        else:
            user_of(acme, name)


def conflicts(rivals):
    count = 0
    for rival in rivals:
        try:
            rival.outcome()
        except Conflict as error:
            count += "without an administrator" in str(error)
    return count


@pytest.mark.parametrize("how", LOSSES)
def test_administrators__two_remove_each_other_at_once__one_stays(acme, how):
    two_administrators(acme, how)
    start = threading.Barrier(2)

    def work(login):
        start.wait(30)
        LOSSES[how](login)

    rivals = [Rival(lambda login=login: work(login)) for login in ("acme/ana", "acme/bo")]

    assert conflicts(rivals) == 1
    assert len(administrators(acme)) == 1


@pytest.mark.parametrize("first", LOSSES)
@pytest.mark.parametrize("second", ["unbind", "delete"])
def test_administrators__both_in_their_transactions__one_stays(acme, first, second):
    """A third holds the organisation's row, so that both wait for it and go on together."""
    if first in ("let out", "delete group"):
        user_of(acme, "ana", role="")
        create_group(acme, "of-ana", actor=ACTOR, members=["acme/ana"])
        given(acme, role="administrator", group="of-ana")
    else:
        user_of(acme, "ana")
    user_of(acme, "bo")
    may_end, is_open = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(using=DEFAULT):
            Organisation.objects.select_for_update().get(pk=acme.pk)
            is_open.set()
            assert may_end.wait(30)

    holder = Rival(hold)
    assert is_open.wait(30)
    rivals = [
        Rival(lambda: LOSSES[first]("acme/ana")),
        Rival(lambda: LOSSES[second]("acme/bo")),
    ]
    wait_for_lock_waits(DEFAULT, 2)
    may_end.set()
    holder.outcome()

    assert conflicts(rivals) == 1
    assert len(administrators(acme)) == 1
