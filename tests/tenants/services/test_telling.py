from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, transaction

from tenants import events
from tenants.models import Group
from tenants.services.telling import remove, saving, tell
from tests.factories import ACTOR, organisation_named
from tests.tenants.services.telling import told_since, world
from vamp.errors import Conflict, Fault

TAKEN = Fault("/name", "taken")


@pytest.fixture
def acme(db):
    return organisation_named("acme")


def test_tell__in_a_transaction__audit_event_and_generation_go_together(acme):
    before = world()

    with transaction.atomic():
        tell(acme, events.GROUP_CREATED, "sre", actor=ACTOR, after={"name": "sre"})

    told = (["group.created"], ["vamp.acme._.tenants.group.created"], {"acme": 1})
    assert told_since(before) == told


def test_tell__rolled_back__nothing_is_left_of_it(acme):
    before = world()

    def change():
        with saving(TAKEN):
            tell(acme, events.GROUP_CREATED, "sre", actor=ACTOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    assert world() == before


def test_saving__a_rival_took_the_name__is_a_conflict_and_leaves_nothing(acme):
    Group.objects.create(organisation=acme, name="sre")
    before = world()

    def change():
        with saving(TAKEN):
            tell(acme, events.GROUP_CREATED, "sre", actor=ACTOR)
            Group.objects.create(organisation=acme, name="sre")

    with pytest.raises(Conflict) as caught:
        change()

    assert caught.value.faults == (TAKEN,)
    assert world() == before


def test_saving__row_is_gone__is_a_conflict(acme):
    group = Group.objects.create(organisation=acme, name="sre")
    Group.objects.all().delete()

    with pytest.raises(Conflict), saving(TAKEN):
        group.save(update_fields=["title"])


@pytest.mark.parametrize("error", [OperationalError, ZeroDivisionError])
def test_saving__any_other_error__comes_through(acme, error):
    with pytest.raises(error), saving(TAKEN):
        raise error


def test_remove__twice__the_second_is_told(acme):
    group = Group.objects.create(organisation=acme, name="sre")
    again = Group.objects.get()
    remove(group)

    with pytest.raises(Conflict, match="faster"):
        remove(again)


def test_saving__integrity_error__hides_what_the_database_said(acme):
    with pytest.raises(Conflict) as caught, saving(TAKEN):
        raise IntegrityError("UNIQUE constraint failed: secret_table.column")

    assert "secret_table" not in str(caught.value)
    assert caught.value.__suppress_context__
