from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.selectors import token_by_text
from tenants.services.tokens import create_token
from tests.factories import user_of
from vamp.drivers.events.nkeys import ACCOUNT, KeyPair


def page_of(token):
    return reverse("token-rotate", args=[token.pk])


@pytest.mark.parametrize(("grace", "holds"), [("0", False), ("3600", True), ("x", False)])
def test_rotate__own__shows_a_text_once_and_keeps_the_old_for_the_grace(
    environment, person, client, grace, holds
):
    token, before = create_token("ci", actor="tests", user=person)
    client.force_login(person)
    assert client.get(page_of(token)).status_code == 200

    told = client.post(page_of(token), {"grace": grace}, follow=True).content.decode()

    text = re.search(r"not shown again: (\S+?)[\s<]", told)[1]
    assert token_by_text(text) == token
    assert (token_by_text(before) == token) is holds
    token.refresh_from_db()
    assert (token.previous_until is not None and token.previous_until > timezone.now()) is holds


def test_rotate__longer_than_may_be__is_refused(environment, person, client):
    token, before = create_token("ci", actor="tests", user=person)
    client.force_login(person)

    client.post(page_of(token), {"grace": "9999999"})

    assert token_by_text(before) == token


def test_rotate__of_somebody_else__is_not_there(environment, person, member, client):
    token, before = create_token("ci", actor="tests", user=person)
    client.force_login(member)

    assert client.post(page_of(token)).status_code == 404
    assert token_by_text(before) == token


def test_rotate__by_an_administrator__is_theirs_to_do(environment, person, client):
    bo = user_of(environment.organisation, "bo", role="viewer")
    token, before = create_token("bos", actor="tests", user=bo)
    client.force_login(person)

    client.post(page_of(token), {"grace": "0"})

    assert token_by_text(before) is None


def test_rotate__of_agents__also_shows_what_they_hear_events_with(
    environment, person, client, settings
):
    token, _ = create_token("vga", actor="tests", agent_of=environment)
    settings.EVENTS_URL = "nats://nats.test:4222"
    keys = {"events_signing_key": KeyPair.new(ACCOUNT).seed}
    settings.VAMP = settings.VAMP.model_copy(update=keys)
    client.force_login(person)

    told = client.post(page_of(token), {"grace": "0"}, follow=True).content.decode()

    assert "VAMP_AGENT_EVENTS_KEY" in told
    assert "BEGIN NATS USER JWT" in told
