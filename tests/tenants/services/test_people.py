from __future__ import annotations

import pytest

from tenants.models import User
from tenants.services import people
from tests.factories import ACTOR, PASSWORD, organisation_named, user_of
from vamp.errors import Conflict, Invalid
from vamp.models import AuditEntry, OutboxEvent


@pytest.fixture
def organisation(db):
    return organisation_named("acme")


def pointers(error):
    return {fault.pointer for fault in error.value.faults}


def last_told():
    entry = AuditEntry.objects.using("default").order_by("id").last()
    event = OutboxEvent.objects.using("default").order_by("id").last()
    return entry.verb, entry.name, event.subject


def test_create_user__of_an_organisation__can_log_in_and_is_told(organisation, client):
    made = people.create_user("acme/ana", PASSWORD, actor="root", organisation=organisation)

    assert last_told() == ("user.created", "acme/ana", "vamp.acme._.tenants.user.created")
    assert client.login(username="acme/ana", password=PASSWORD)
    assert PASSWORD not in made.password
    assert not made.is_platform_administrator


def test_create_user__without_an_organisation__is_a_platform_administrator(db):
    made = people.create_user("root", PASSWORD, actor=ACTOR)

    assert made.is_platform_administrator
    assert last_told() == ("user.created", "root", "vamp._._.tenants.user.created")


def test_create_user__several_faults__every_one_is_told(organisation):
    with pytest.raises(Invalid) as caught:
        people.create_user(
            "globex/ana", "short", actor=ACTOR, organisation=organisation, email="nowhere"
        )

    assert pointers(caught) == {"/login", "/email", "/password"}
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["", "ninechars", "1234567890", "password123", "acme/annabel"])
def test_create_user__weak_password__is_refused_without_repeating_it(organisation, password):
    login = "acme/annabel"
    with pytest.raises(Invalid) as caught:
        people.create_user(login, password, actor=ACTOR, organisation=organisation)

    assert pointers(caught) == {"/password"}
    assert not password or password not in str(caught.value).replace(login, "")


@pytest.mark.parametrize("login", ["", "acme/", "acme/a b", "Acme/ana", "acme/x/ana", "acme/-a"])
def test_create_user__malformed_login__is_refused(organisation, login):
    with pytest.raises(Invalid) as caught:
        people.create_user(login, PASSWORD, actor=ACTOR, organisation=organisation)

    assert "/login" in pointers(caught)


def test_create_user__login_taken__is_a_conflict(organisation):
    user_of(organisation)

    with pytest.raises(Conflict) as caught:
        people.create_user("acme/ana", PASSWORD, actor=ACTOR, organisation=organisation)

    assert pointers(caught) == {"/login"}


GOING = {
    "deactivated": lambda user: people.change_user(user, actor=ACTOR, is_active=False),
    "deleted": lambda user: people.delete_user(user, actor=ACTOR),
}


@pytest.mark.parametrize("how", GOING)
def test_user__last_administrator__stays(organisation, how):
    ana, bo = user_of(organisation), user_of(organisation, "bo", role="operator")

    with pytest.raises(Conflict, match="without an administrator"):
        GOING[how](ana)

    assert User.objects.get(login="acme/ana").is_active
    assert User.objects.filter(pk=bo.pk).exists()


@pytest.mark.parametrize("how", GOING)
def test_user__administrator_beside_another__may_go(organisation, how):
    ana, _ = user_of(organisation), user_of(organisation, "bo")

    GOING[how](ana)

    assert not User.objects.filter(login="acme/ana", is_active=True).exists()


def test_change_user__told__in_one_transaction_with_a_new_generation(organisation):
    ana = user_of(organisation)
    before = organisation_named("acme").access_generation

    people.change_user(ana, actor="root", full_name="Ana A.")

    assert last_told() == ("user.changed", "acme/ana", "vamp.acme._.tenants.user.changed")
    assert organisation_named("acme").access_generation > before


def test_change_user__deleted_by_a_rival_meanwhile__is_a_conflict(organisation):
    user_of(organisation)
    bo = user_of(organisation, "bo", role="")
    User.objects.filter(pk=bo.pk).delete()
    told = AuditEntry.objects.using("default").count()

    with pytest.raises(Conflict, match="faster"):
        people.change_user(bo, actor=ACTOR, full_name="Bo")

    assert AuditEntry.objects.using("default").count() == told
