from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from tenants.models import ApiToken, User
from tenants.selectors import token_by_text
from tenants.services import people, tokens
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


def test_create_token__of_a_user__opens_once_shown_and_only_its_digest_is_kept(organisation):
    user = user_of(organisation)

    token, text = tokens.create_token("ci", actor=ACTOR, user=user)

    assert token_by_text(text) == token
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert text not in str(row)
    assert row["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert text.startswith(row["prefix"] + ".")
    assert last_told() == ("token.created", "ci", "vamp.acme._.tenants.token.created")


def test_create_token__of_agents__belongs_to_the_environments_organisation(environment):
    token, text = tokens.create_token("agents", actor=ACTOR, agent_of=environment)

    assert token.organisation == environment.organisation
    assert token_by_text(text).agent_of == environment


@pytest.mark.parametrize("whose", ["neither", "both"])
def test_create_token__of_nobody_or_of_two__is_refused(environment, person, whose):
    owners = {"user": person, "agent_of": environment} if whose == "both" else {}

    with pytest.raises(Invalid):
        tokens.create_token("x", actor=ACTOR, **owners)

    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("name", ["", "x" * 128])
def test_create_token__name_is_none__is_refused(organisation, name):
    with pytest.raises(Invalid) as caught:
        tokens.create_token(name, actor=ACTOR, user=user_of(organisation))

    assert pointers(caught) == {"/name"}


def test_create_token__name_taken__is_a_conflict_within_the_organisation_alone(organisation):
    tokens.create_token("ci", actor=ACTOR, user=user_of(organisation))

    with pytest.raises(Conflict) as caught:
        tokens.create_token("ci", actor=ACTOR, user=user_of(organisation, "bo"))

    assert pointers(caught) == {"/name"}
    other = user_of(organisation_named("globex"))
    assert tokens.create_token("ci", actor=ACTOR, user=other)[0].name == "ci"


def test_create_token__expired__does_not_open(organisation, now):
    user = user_of(organisation)

    token, text = tokens.create_token("old", actor=ACTOR, user=user)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=now - timedelta(seconds=1))

    assert token_by_text(text) is None


def test_revoke_token__once__is_worthless_and_told(organisation):
    token, text = tokens.create_token("ci", actor=ACTOR, user=user_of(organisation))

    tokens.revoke_token(token, actor=ACTOR)

    assert token_by_text(text) is None
    assert last_told() == ("token.revoked", "ci", "vamp.acme._.tenants.token.revoked")
