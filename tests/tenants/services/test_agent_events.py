"""What agents hear events with ends with their token, and with their environment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.services.agent_events import events_key, why_not
from tenants.services.tokens import create_token
from tests.conftest import DATABASES
from tests.factories import ACTOR, environment_in
from tests.tenants.services.listening import given, token_of
from vamp.drivers.events.nats_users import Credentials, claims_of
from vamp.drivers.events.nkeys import ACCOUNT, KeyPair
from vamp.streams import Stream

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_events_key__of_two_tokens__is_another_user_and_the_same_when_asked_again(settings):
    environment = environment_in("default")
    given(settings, "nats://nats.test:4222", events_signing_key=KeyPair.new(ACCOUNT).seed)
    one, other = token_of(environment), token_of(environment, "other")

    users = [
        claims_of(Credentials.parse(events_key(environment, token)).jwt)["sub"]
        for token in (one, one, other)
    ]

    assert users[0] == users[1] != users[2]


def test_events_key__embedded_stream__is_none(settings):
    given(settings, "db:")
    environment = environment_in("default")

    assert events_key(environment, token_of(environment)) == ""


def test_why_not__another_server_than_our_own__is_not_shown_the_operators_keys(settings):
    given(settings, "nats://nats.test:4222", events_operator_key="SO", events_system_key="x")

    assert not why_not(Stream("nats://nats.test:4222"))
    assert why_not(Stream("nats://elsewhere.test:4222"))
    assert why_not(Stream("db:"))


def test_why_not__without_the_operators_keys__says_which_are_missing(settings):
    given(settings, "nats://nats.test:4222", events_operator_key="", events_system_key="")

    assert why_not(Stream("nats://nats.test:4222"))
    assert "VAMP_EVENTS_OPERATOR_KEY" in why_not(Stream("nats://nats.test:4222"))


def test_events_key__of_a_token_that_expires__is_ended_by_the_server_itself(settings):
    environment = environment_in("default")
    given(settings, "nats://nats.test:4222", events_signing_key=KeyPair.new(ACCOUNT).seed)
    until = timezone.now() + timedelta(days=1)
    token, _ = create_token("vga", actor=ACTOR, agent_of=environment, expires_at=until)

    claims = claims_of(Credentials.parse(events_key(environment, token)).jwt)

    assert claims["exp"] == int(until.timestamp())
