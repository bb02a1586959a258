from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.models import ApiToken
from tenants.selectors import token_by_text
from tenants.services import tokens
from tests.factories import ACTOR, organisation_named, user_of
from tests.tenants.services.telling import last_told, pointers, world
from vamp.errors import Conflict, Invalid


@pytest.fixture
def organisation(db):
    return organisation_named("acme")


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


def test_create_token__limited__keeps_rights_and_environment(environment, person):
    token, text = tokens.create_token(
        "ci",
        actor=ACTOR,
        user=person,
        rights=["gateway.*", "release.view"],
        environment=environment,
    )

    found = token_by_text(text)
    assert found == token
    assert (found.rights, found.environment) == (["gateway.*", "release.view"], environment)


def test_create_token__several_faults__every_one_is_told(environment):
    with pytest.raises(Invalid) as caught:
        tokens.create_token(
            "x" * 128, actor=ACTOR, agent_of=environment, rights=["gateway.fly"],
            expires_at=timezone.now(),
        )  # fmt: skip

    assert pointers(caught) == {"/name", "/rights/0", "/expires_at", "/rights"}


def test_create_token__of_a_service__stands_for_itself(organisation):
    token, text = tokens.create_token("ci", actor=ACTOR, service_of=organisation)

    assert token.is_service
    assert token_by_text(text).organisation == organisation


def test_rotate_token__without_grace__the_old_text_ends_at_once(organisation):
    token, old = tokens.create_token("ci", actor=ACTOR, user=user_of(organisation))
    before = organisation_named("acme").access_generation

    new = tokens.rotate_token(token, actor=ACTOR)

    assert token_by_text(old) is None
    assert token_by_text(new) == token
    assert new != old
    assert new.partition(".")[0] == old.partition(".")[0]
    assert last_told() == ("token.rotated", "ci", "vamp.acme._.tenants.token.rotated")
    assert organisation_named("acme").access_generation > before
    assert new.partition(".")[2] not in str(world())


def test_rotate_token__with_grace__both_open_until_it_is_over(organisation, monkeypatch):
    token, first = tokens.create_token("ci", actor=ACTOR, user=user_of(organisation))

    second = tokens.rotate_token(token, actor=ACTOR, grace=timedelta(hours=1))

    assert token_by_text(first) == token_by_text(second) == token
    later = timezone.now() + timedelta(hours=1, seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: later)
        assert token_by_text(first) is None
        assert token_by_text(second) == token

    third = tokens.rotate_token(token, actor=ACTOR, grace=timedelta(hours=1))
    assert token_by_text(first) is None
    assert token_by_text(second) == token_by_text(third) == token


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), timedelta(days=30, seconds=1)])
def test_rotate_token__grace_out_of_range__is_refused(organisation, grace):
    token, text = tokens.create_token("ci", actor=ACTOR, user=user_of(organisation))

    with pytest.raises(Invalid) as caught:
        tokens.rotate_token(token, actor=ACTOR, grace=grace)

    assert pointers(caught) == {"/grace"}
    assert token_by_text(text) == token


def test_token__of_a_user_who_is_switched_off__does_not_open(organisation):
    user = user_of(organisation)
    _, text = tokens.create_token("ci", actor=ACTOR, user=user)

    user.is_active = False
    user.save()

    assert token_by_text(text) is None


def test_token__of_a_platform_administrator__is_told_of_no_organisation(db):
    tokens.create_token("ops", actor=ACTOR, user=user_of(None, "root"))

    assert last_told() == ("token.created", "ops", "vamp._._.tenants.token.created")
    assert ApiToken.objects.get().organisation is None
